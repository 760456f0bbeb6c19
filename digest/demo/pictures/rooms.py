"""Scenes indoors."""

import numpy as np
from PIL import Image, ImageDraw

from digest.demo.pictures import canvas as c


def library(random: c.Random) -> Image.Image:
    """Tall shelves of books in warm lamplight."""
    image = c.photo(c.gradient((0, "#2a1a12"), (1, "#160d09")))
    draw = ImageDraw.Draw(image)
    spines = (
        "#7d2f2a",
        "#2f4a4f",
        "#8a6a34",
        "#3d3a52",
        "#5a3a24",
        "#a88a5c",
        "#45553a",
        "#6b2338",
        "#c2ab80",
        "#27384c",
    )
    for row in range(6):
        top, foot = row * 154 - 14, row * 154 + 132
        x = -10.0
        while x < c.WIDTH:
            wide, tall = 13 + random.random() * 27, 84 + random.random() * 46
            tone = c.mix(spines[random.integers(len(spines))], "#d6ba84", random.random() * 0.18)
            if random.random() < 0.045:
                x += 20 + random.random() * 46
                continue
            lean = random.normal(8, 10) if random.random() < 0.05 else 0
            c.fill(
                image,
                [(x + lean, foot - tall), (x + wide + lean, foot - tall), (x + wide, foot), (x, foot)],
                c.mix(tone, "#ffffff", 0.08),
                c.mix(tone, "#000000", 0.35),
            )
            if random.random() < 0.6:
                for band in (0.16, 0.24, 0.8):
                    draw.line(
                        [
                            (x + 3 + lean * band, foot - tall * (1 - band)),
                            (x + wide - 3, foot - tall * (1 - band)),
                        ],
                        fill=c.mix(tone, "#e6c67c", 0.6),
                        width=2,
                    )
            x += wide + 1
        c.box(image, 0, foot, c.WIDTH, foot + 20, "#8a5a32", "#4a2c17")
        c.box(image, 0, top, c.WIDTH, top + 26, "#0d0704", "#1a0f09") if row == 0 else None
    for post in (-20, 520, 1060, 1590):
        c.box(image, post, -5, post + 34, 905, "#6b4325", "#4a2c17")
        draw.line([(post + 5, 0), (post + 5, 900)], fill="#a5713f", width=3)
    x = 330 + random.random() * 240
    for rail in (0, 86):
        draw.line([(x + rail, -10), (x + rail - 70, 910)], fill="#c48d4f", width=13)
    for rung in range(15):
        y = 30 + rung * 62
        draw.line([(x - 70 * y / 910, y), (x + 86 - 70 * y / 910, y)], fill="#a8743c", width=10)
    warm = c.gradient((0, "#6a5138"), (0.5, "#7d6242"), (1, "#4a3524"))
    for lamp in (0.17, 0.5, 0.83):
        c.glow(warm, lamp, 0.3, 0.2, "#ffcf8a", 0.8)
    lit = np.clip(c.light_of(image) * warm * 1.55, 0, 1)
    for lamp in (0.17, 0.5, 0.83):
        c.glow(lit, lamp, 0.3, 0.045, "#ffd899", 0.5)
    image = c.photo(lit)
    draw = ImageDraw.Draw(image)
    for lamp in (0.17, 0.5, 0.83):
        centre = lamp * c.WIDTH
        draw.line([(centre, 0), (centre, 216)], fill="#1c120b", width=4)
        draw.polygon(
            [(centre - 26, 214), (centre + 26, 214), (centre + 74, 268), (centre - 74, 268)], fill="#1f4a3a"
        )
        draw.ellipse([centre - 62, 256, centre + 62, 282], fill="#fff0cb")
    return c.finished(image)


def gallery(random: c.Random) -> Image.Image:
    """A seascape in a gilt frame under a spotlight."""
    wall = ("#5b2a2c", "#2b4644", "#37405c")[random.integers(3)]
    light = c.gradient(
        (0, c.mix(wall, "#000000", 0.45)),
        (0.8, c.mix(wall, "#000000", 0.3)),
        (0.84, "#2a1c14"),
        (1, "#3c281b"),
    )
    c.glow(light, 0.5, 0.42, 0.3, c.mix(wall, "#ffdca6", 0.45), 0.5)
    light += (c.noise(random, c.ROWS, c.COLUMNS, octaves=4, base=(40, 60)) - 0.5)[..., None] * 0.02
    image = c.photo(light)
    for edge, top, foot in (
        (0, "#000000", "#000000"),
        (14, "#f0d080", "#8a5f22"),
        (26, "#7c5218", "#c99b45"),
        (48, "#ecc873", "#9a6d2a"),
        (58, "#3a260e", "#3a260e"),
    ):
        c.box(image, 420 + edge, 130 + edge, 1180 - edge, 650 - edge, top, foot)
    image.paste(_seascape(random).resize((640, 400), Image.Resampling.LANCZOS), (480, 190))
    draw = ImageDraw.Draw(image)
    c.box(image, 760, 676, 840, 704, "#e8dcc0", "#b9a883")
    c.box(image, 700, 84, 900, 100, "#c9a04c", "#6a4a1a")
    draw.line([(800, 92), (800, 128)], fill="#6a4a1a", width=6)
    for board in range(-4, 14):
        draw.line([(800 + (board - 5) * 150, 752), (800 + (board - 5) * 320, 905)], fill="#1d130c", width=3)
    for place, size in ((0.2, 1.0), (0.345, 0.92)):
        x = place * c.WIDTH + random.random() * 30
        draw.ellipse([x - 40 * size, 470 - 40 * size, x + 40 * size, 470 + 48 * size], fill="#0d0a0c")
        draw.pieslice([x - 105 * size, 520, x + 105 * size, 1020], 180, 360, fill="#0d0a0c")
        draw.rectangle([x - 105 * size, 760, x + 105 * size, 905], fill="#0d0a0c")
    lamps = c.dark()
    c.glow(lamps, 0.5, 0.12, 0.16, "#ffdba0", 0.32)
    return c.finished(c.shine(image, lamps))


def _seascape(random: c.Random) -> Image.Image:
    """Paint the picture in the picture: herring boats leaving at dawn."""
    light = c.gradient((0, "#4c6a86"), (0.3, "#a99f8f"), (0.5, "#ecc07c"), (1, "#ecc07c"))
    c.clouds(
        light, random, "#f4e2bd", c.Veil(cover=0.55, soft=0.3, bottom=0.5, rows=5, columns=3, strength=0.8)
    )
    c.glow(light, 0.62, 0.47, 0.09, "#fff0c0", 0.5)
    image = c.photo(light)
    draw = ImageDraw.Draw(image)
    for index in range(9):
        near = index / 8
        x, y, size = random.random() * 1500 + 50, (0.53 + 0.02 * near) * 900, 50 + 150 * near**2
        shade = c.mix("#8c7b68", "#2a2018", near)
        draw.polygon(
            [
                (x - size * 0.6, y - size * 0.12),
                (x + size * 0.7, y - size * 0.16),
                (x + size * 0.5, y + 8),
                (x - size * 0.5, y + 8),
            ],
            fill=shade,
        )
        draw.polygon(
            [(x, y - size * 0.16), (x + size * 0.04, y - size * 1.5), (x + size * 0.62, y - size * 0.3)],
            fill=c.mix(shade, "#a5472f", 0.6),
        )
        draw.polygon(
            [
                (x - size * 0.05, y - size * 0.16),
                (x - size * 0.02, y - size * 1.2),
                (x - size * 0.5, y - size * 0.24),
            ],
            fill=c.mix(shade, "#c98a58", 0.6),
        )
    light = c.light_of(image)
    c.water(light, random, 0.55, tint="#47626a", depth=0.6, chop=1.5)
    return c.photo(light)


def hall(random: c.Random) -> Image.Image:
    """Empty benches that curve around a lit chamber."""
    light = c.gradient((0, "#1c1512"), (0.4, "#6b4a2f"), (0.55, "#a87a4a"), (1, "#20130d"))
    image = c.photo(light)
    draw = ImageDraw.Draw(image)
    for column in range(13):
        x = 800 + (column - 6) * 142
        c.box(image, x - 20, 40, x + 20, 420, "#5a4330", "#e2bd86")
        c.box(image, x + 8, 40, x + 20, 420, "#3a2a1f", "#a9835a")
        c.box(image, x + 38, 120, x + 104, 400, "#ffeec6" if 2 < column < 9 else "#d9a868", "#c78f50")
        draw.pieslice([x + 38, 86, x + 104, 154], 180, 360, fill="#ffeec6" if 2 < column < 9 else "#d9a868")
    c.box(image, 0, 20, 1600, 60, "#2b1f18", "#6e5138")
    c.box(image, 0, 410, 1600, 440, "#7a5534", "#3c2617")
    seats = "#7a1f2b" if random.random() < 0.6 else "#1f4b52"
    for row in range(8):
        radius, y, thick = 360 + row * 150, 470 + row * 46, 26 + row * 8
        bounds = (800 - radius * 1.35, y - radius * 0.42, 800 + radius * 1.35, y + radius * 0.42)
        shade = c.mix(seats, "#1a0c0c", 0.08 * row)
        low = (bounds[0], bounds[1] + thick, bounds[2], bounds[3] + thick)
        draw.arc(low, 12, 168, fill=c.mix("#5b3a22", "#150c08", 0.07 * row), width=thick + 12)
        draw.arc(bounds, 12, 168, fill=c.mix(shade, "#ffb98a", 0.16), width=thick)
        for angle in np.arange(14, 168, 9 - row * 0.5):
            a = np.radians(angle)
            px, py = 800 + np.cos(a) * radius * 1.35, y + np.sin(a) * radius * 0.42
            draw.line(
                [(px, py - thick), (px + np.cos(a) * 8, py + 4)], fill=c.mix(shade, "#120807", 0.45), width=4
            )
    c.box(image, 700, 440, 900, 540, "#9a6b3c", "#4c2f1a")
    c.box(image, 728, 400, 872, 446, "#c48d55", "#7a5230")
    lamps = c.dark()
    c.glow(lamps, 0.5, 0.42, 0.2, "#ffd49a", 0.42, stretch=1.5)
    for lamp in (0.2, 0.5, 0.8):
        c.glow(lamps, lamp, 0.1, 0.03, "#fff0cc", 0.9, stretch=1.7)
    return c.finished(c.shine(image, lamps))


def _beams(random: c.Random, colours: tuple[str, ...], count: int, strength: float) -> c.Array:
    """Return beams of coloured light that fall from the top."""
    light = c.dark()
    fog = 0.55 + 0.7 * c.noise(random, c.ROWS, c.COLUMNS, octaves=4, base=(5, 6))
    for index in range(count):
        source, lean = (index + 0.5) / count + random.normal(0, 0.02), random.normal(0, 0.3)
        wide = (0.008 + c.Y * (0.05 + 0.03 * random.random())).astype(np.float32)
        beam = np.exp(-(((c.X - source - lean * c.Y) / wide) ** 2)) * np.clip(1.05 - c.Y * 0.95, 0, 1) * fog
        light += beam[..., None] * c.rgb(colours[index % len(colours)]) * strength
        c.speck(light, source, 0.0, 0.03, "#ffffff", 0.9)
    return light


def _heads(
    image: Image.Image, random: c.Random, y: float, size: float, shade: str, *, hands: float = 0.0
) -> None:
    draw = ImageDraw.Draw(image)
    x = -20.0
    while x < c.WIDTH + 20:
        top = y + random.normal(0, size * 0.3)
        draw.ellipse([x - size * 0.52, top - size * 1.2, x + size * 0.52, top + size * 0.1], fill=shade)
        draw.pieslice(
            [x - size * 1.15, top - size * 0.1, x + size * 1.15, top + size * 4], 180, 360, fill=shade
        )
        if random.random() < hands:
            for side in (-1, 1):
                reach = (
                    x + side * size * (1.1 + random.random() * 0.5),
                    top - size * (1.8 + random.random() * 1.4),
                )
                draw.line(
                    [(x + side * size * 0.8, top + size), reach], fill=shade, width=max(4, int(size * 0.36))
                )
                draw.ellipse(
                    [
                        reach[0] - size * 0.26,
                        reach[1] - size * 0.4,
                        reach[0] + size * 0.26,
                        reach[1] + size * 0.2,
                    ],
                    fill=shade,
                )
        x += size * (1.5 + random.random() * 0.9)
    draw.rectangle([0, min(y + size * 1.6, 899), c.WIDTH, 905], fill=shade)


def stage(random: c.Random) -> Image.Image:
    """Beams of stage light through haze, four figures, a dark audience."""
    light = c.gradient((0, "#06080f"), (0.6, "#1c2a3a"), (0.74, "#4a5a63"), (0.76, "#1a1512"), (1, "#050404"))
    light += _beams(random, ("#ffe3ae", "#bcd8f0"), 5, 0.5)
    image = c.photo(light)
    c.haze(image, random, 0.68, 0.1, "#cfdbe2", 0.55)
    draw = ImageDraw.Draw(image)
    for curtain in range(10):
        for side in (0, 1):
            x = curtain * 26 if side == 0 else c.WIDTH - curtain * 26
            c.box(image, x - 14, 0, x + 14, 905, c.mix("#3a0e14", "#8c2430", (curtain % 3) / 2), "#1d070a")
    for figure in range(4):
        at, tall = 560 + figure * 150 + random.normal(0, 16), 150 + random.random() * 26
        foot = 690.0
        draw.ellipse([at - 16, foot - tall - 18, at + 16, foot - tall + 18], fill="#0b0d12")
        draw.polygon(
            [(at - 22, foot - tall + 22), (at + 22, foot - tall + 22), (at + 46, foot), (at - 46, foot)],
            fill="#0b0d12",
        )
        draw.polygon(
            [(at - 46, foot), (at + 46, foot), (at + 90 + figure * 10, foot + 60), (at - 20, foot + 60)],
            fill="#15161a",
        )
    _heads(image, random, 830, 36, "#07070b")
    _heads(image, random, 890, 50, "#030305")
    return c.finished(image)


def concert(random: c.Random) -> Image.Image:
    """Raised hands before a stage of coloured light."""
    palette = (("#ff4fa0", "#4f8bff", "#ffb347"), ("#35d0c0", "#ff6a4d", "#ffd24d"))[random.integers(2)]
    light = c.gradient((0, "#0a0818"), (0.7, "#2a1848"), (1, "#0a0614"))
    light += _beams(random, palette, 8, 0.75)
    c.glow(light, 0.5, 0.75, 0.16, palette[2], 0.6, stretch=2.2)
    image = c.photo(light)
    for near, y in ((0.0, 660), (0.5, 750), (1.0, 860)):
        _heads(image, random, y, 24 + 30 * near, c.mix("#4a2b66", "#06040c", 0.3 + 0.7 * near), hands=0.5)
    return c.finished(image)
