"""Scenes by the sea."""

import numpy as np
from PIL import Image, ImageDraw

from digest.demo.pictures import canvas as c

DAWNS = (
    ("#20304f", "#6b5a78", "#e58a5a", "#ffd79a"),
    ("#17324d", "#4d6f8c", "#e9a06b", "#ffe3b0"),
    ("#2b2544", "#8a4f6d", "#ee7b4f", "#ffd089"),
)

LEAF = [step / 8 for step in range(9)]


def harbour(random: c.Random) -> Image.Image:
    """Cranes, a ship and moored boats at first light."""
    high, middle, low, rim = DAWNS[random.integers(len(DAWNS))]
    horizon, sun = 0.62, 0.3 + random.random() * 0.35
    light = c.gradient((0, high), (0.34, middle), (0.54, low), (horizon, rim), (1, rim))
    c.clouds(
        light,
        random,
        c.mix(high, low, 0.75),
        c.Veil(cover=0.5, soft=0.4, bottom=0.6, rows=12, columns=2, strength=0.6),
    )
    c.glow(light, sun, 0.56, 0.22, low, 0.5, stretch=1.6)
    c.disc(light, sun, 0.565, 0.026, "#fff3d6")
    c.glow(light, sun, 0.565, 0.06, rim, 0.55)
    image = c.photo(light)
    c.fill(image, c.ridge(random, horizon, 0.07, peaks=3), c.mix(middle, low, 0.45))
    shade = c.mix(high, "#0b0d16", 0.45)
    _quay(image, random, horizon, shade)
    c.haze(image, random, horizon, 0.07, rim, 0.42)
    light = c.light_of(image)
    c.water(light, random, horizon, tint=c.mix(high, middle, 0.25), depth=0.55)
    for step in range(60):  # the sun's path over the water
        y = horizon + 0.012 + (step / 60) ** 1.4 * 0.36
        spread = 0.012 + (y - horizon) * 0.12
        _spark(light, sun + random.normal(0, spread), y, spread * (0.3 + random.random()), rim, 0.75)
    image = c.photo(light)
    draw = ImageDraw.Draw(image)
    for _ in range(5):
        _boat(
            draw,
            random.random() * c.WIDTH,
            (horizon + 0.08 + random.random() * 0.2) * c.HEIGHT,
            random,
            "#0f121c",
        )
    return c.finished(image)


def _spark(light: c.Array, x: float, y: float, width: float, colour: str, strength: float) -> None:
    row, half = int(y * c.ROWS), max(2, int(width * c.COLUMNS))
    left, right = max(0, int(x * c.COLUMNS) - half), min(c.COLUMNS, int(x * c.COLUMNS) + half)
    if right > left and row < c.ROWS:
        fade = np.hanning(right - left + 2)[1:-1, None].astype(np.float32)
        for line in range(row, min(c.ROWS, row + 1 + int((y - 0.6) * 8))):
            light[line, left:right] += fade * c.rgb(colour) * strength


def _quay(image: Image.Image, random: c.Random, horizon: float, shade: str) -> None:
    """Draw the warehouses and the gantry cranes on the far quay."""
    base = horizon * c.HEIGHT
    draw = ImageDraw.Draw(image)
    c.box(image, 0, base - 14, c.WIDTH, base + 3, shade)
    x = 0.0
    while x < c.WIDTH:
        width, height = 40 + random.random() * 110, 12 + random.random() * 38
        c.box(image, x, base - 14 - height, x + width, base, shade)
        x += width + random.random() * 60
    for place in np.linspace(0.06, 0.94, 6) + random.normal(0, 0.02, 6):
        if random.random() < 0.75:
            _crane(
                draw,
                place * c.WIDTH,
                base - 10,
                150 + random.random() * 90,
                shade,
                1 if random.random() < 0.5 else -1,
            )


def _crane(draw: ImageDraw.ImageDraw, x: float, y: float, tall: float, shade: str, side: int) -> None:
    leg, arm = tall * 0.17, tall * 0.62
    for foot in (-leg, leg):
        draw.line([(x + foot, y), (x + foot * 0.85, y - tall * 0.62)], fill=shade, width=7)
    draw.line([(x - leg, y - tall * 0.3), (x + leg, y - tall * 0.3)], fill=shade, width=5)
    draw.line([(x - leg, y - tall * 0.6), (x + leg, y - tall * 0.05)], fill=shade, width=3)
    draw.line(
        [(x - side * leg * 1.9, y - tall * 0.63), (x + side * arm, y - tall * 0.63)], fill=shade, width=9
    )
    draw.line([(x, y - tall * 0.62), (x, y - tall)], fill=shade, width=6)
    for reach in (arm * 0.95, arm * 0.5, -leg * 1.8):
        draw.line([(x, y - tall), (x + side * reach, y - tall * 0.63)], fill=shade, width=2)
    drop = x + side * arm * 0.7
    draw.line([(drop, y - tall * 0.63), (drop, y - tall * 0.34)], fill=shade, width=2)
    draw.rectangle([drop - 14, y - tall * 0.34, drop + 14, y - tall * 0.29], fill=shade)


def _boat(draw: ImageDraw.ImageDraw, x: float, y: float, random: c.Random, shade: str) -> None:
    size = (y / c.HEIGHT - 0.55) * 330
    draw.polygon(
        [
            (x - size, y - size * 0.2),
            (x + size * 1.15, y - size * 0.3),
            (x + size * 0.8, y),
            (x - size * 0.8, y),
        ],
        fill=shade,
    )
    draw.polygon(
        [
            (x - size * 0.5, y - size * 0.2),
            (x - size * 0.45, y - size * 0.52),
            (x + size * 0.1, y - size * 0.52),
            (x + size * 0.2, y - size * 0.2),
        ],
        fill=shade,
    )
    mast = size * (1.3 + random.random() * 0.6)
    draw.line(
        [(x + size * 0.3, y - size * 0.2), (x + size * 0.3, y - mast)],
        fill=shade,
        width=max(2, int(size / 26)),
    )
    draw.line([(x + size * 0.3, y - mast), (x + size * 1.1, y - size * 0.3)], fill=shade, width=1)
    draw.line([(x + size * 0.3, y - mast), (x - size * 0.9, y - size * 0.2)], fill=shade, width=1)


def storm(random: c.Random) -> Image.Image:
    """A lighthouse above breaking seas, under a torn sky."""
    side = 0.26 if random.random() < 0.5 else 0.72
    light = c.gradient((0, "#1f2a35"), (0.35, "#526370"), (0.6, "#b4bdb3"), (1, "#55666a"))
    c.clouds(
        light, random, "#161d27", c.Veil(cover=0.6, soft=0.5, bottom=0.62, rows=5, columns=3, strength=0.85)
    )
    c.clouds(
        light,
        random,
        "#c9cfc4",
        c.Veil(cover=0.38, soft=0.5, top=0.2, bottom=0.7, rows=9, columns=3, strength=0.6),
    )
    c.glow(light, side, 0.3, 0.035, "#ffe9b0", 0.6)
    c.glow(light, side + (0.34 if side < 0.5 else -0.34), 0.27, 0.03, "#ffe9b0", 0.25, stretch=9)
    image = c.photo(light)
    _lighthouse(image, side * c.WIDTH)
    light = c.light_of(image)
    for index in range(6):
        near = index / 5
        _wave(light, random, 0.6 + 0.36 * near**1.25, 0.035 + 0.13 * near, near)
    return c.finished(c.photo(light))


def _wave(light: c.Array, random: c.Random, y: float, height: float, near: float) -> None:
    """Lay one wave over *light*: a glassy crest, foam that runs down its face."""
    outline = c.ridge(random, y, height, peaks=3, rough=0.36, octaves=5)[:-2]
    crest = np.interp(c.X[0] * c.WIDTH, [px for px, _ in outline], [py / c.HEIGHT for _, py in outline])
    below = (c.Y - crest[None, :].astype(np.float32)) / height
    steep = np.clip(1 - (crest - crest.min()) / height, 0, 1)[None, :].astype(np.float32)
    body = c.mix("#6f858a", "#16303c", near**0.7)
    c.blend(light, body, below * height * c.ROWS)
    c.blend(light, c.mix(body, "#7fb0a8", 0.55), np.exp(-((below / 0.35) ** 2)) * (below > 0) * 0.7)
    foam = c.noise(random, c.ROWS, c.COLUMNS, octaves=4, base=(22, 12))
    ragged = np.clip((foam - 0.62 - below * 0.5 + steep * 0.3) * 4, 0, 1) * (below > -0.02)
    c.blend(
        light, c.mix("#eef2ef", body, 0.12), ragged * np.clip(below * 30 + 0.6, 0, 1) * (0.35 + 0.6 * steep)
    )


def _lighthouse(image: Image.Image, x: float) -> None:
    y = 0.62 * c.HEIGHT
    rocks = [
        (x - 300, y + 40),
        (x - 190, y - 20),
        (x - 120, y - 46),
        (x - 60, y - 84),
        (x + 50, y - 90),
        (x + 110, y - 44),
        (x + 230, y - 26),
        (x + 330, y + 40),
    ]
    c.fill(image, rocks, "#1b2328", "#0f1519")
    base, top = y - 76, 0.31 * c.HEIGHT
    c.fill(image, [(x - 30, base), (x + 30, base), (x + 19, top), (x - 19, top)], "#d9dbd4", "#8b928f")
    for band in (0.22, 0.62):
        low, high = base + (top - base) * band, base + (top - base) * (band + 0.2)
        c.fill(
            image,
            [
                (x - 30 + 11 * band, low),
                (x + 30 - 11 * band, low),
                (x + 30 - 11 * (band + 0.2), high),
                (x - 30 + 11 * (band + 0.2), high),
            ],
            "#8c2f2a",
            "#6d2521",
        )
    draw = ImageDraw.Draw(image)
    draw.rectangle([x - 26, top - 6, x + 26, top], fill="#20272b")
    draw.rectangle([x - 14, top - 38, x + 14, top - 6], fill="#fff2c8")
    draw.polygon([(x - 20, top - 38), (x + 20, top - 38), (x, top - 62)], fill="#20272b")


def wind(random: c.Random) -> Image.Image:
    """Turbines in a pale sea at dusk."""
    horizon = 0.7
    light = c.gradient(
        (0, "#7189a8"), (0.4, "#c3b7c4"), (0.62, "#f3cdb4"), (horizon, "#fbe3c8"), (1, "#fbe3c8")
    )
    c.clouds(
        light, random, "#fff1e2", c.Veil(cover=0.45, soft=0.5, bottom=0.66, rows=10, columns=2, strength=0.6)
    )
    c.glow(light, 0.2 + random.random() * 0.6, 0.7, 0.2, "#ffb98a", 0.35, stretch=2)
    image = c.photo(light)
    draw = ImageDraw.Draw(image)
    for depth in (0.28, 0.4, 0.6, 1.0):
        for place in np.arange(random.random() * 0.2, 1, 0.16 / depth**0.2 + depth * 0.12):
            _turbine(
                draw,
                float(place) * c.WIDTH,
                horizon * c.HEIGHT,
                380 * depth,
                random.random() * 2,
                c.mix("#f0d8c6", "#52617c", depth),
            )
        c.haze(image, random, horizon, 0.06, "#fbe3c8", 0.3)
    light = c.light_of(image)
    c.water(light, random, horizon, tint="#7288a3", depth=0.45, chop=0.8)
    return c.finished(c.photo(light))


def _turbine(draw: ImageDraw.ImageDraw, x: float, y: float, tall: float, turn: float, shade: str) -> None:
    wide = tall / 60
    draw.polygon(
        [(x - wide, y), (x + wide, y), (x + wide * 0.5, y - tall), (x - wide * 0.5, y - tall)], fill=shade
    )
    for blade in range(3):
        angle = turn + blade * 2 * np.pi / 3
        dx, dy = float(np.cos(angle)), float(np.sin(angle))
        root = (x + dx * tall * 0.1 - dy * wide, y - tall + dy * tall * 0.1 + dx * wide)
        draw.polygon([(x, y - tall), root, (x + dx * tall * 0.56, y - tall + dy * tall * 0.56)], fill=shade)
    draw.ellipse([x - wide, y - tall - wide, x + wide, y - tall + wide], fill=shade)


def ferry(random: c.Random) -> Image.Image:
    """One boat on calm water, and a coast that fades."""
    horizon = 0.52
    cool, warm = (("#6f9db3", "#f0dcc0"), ("#7f8fb8", "#f2cfc0"))[random.integers(2)]
    light = c.gradient((0, cool), (horizon, warm), (1, warm))
    c.clouds(
        light, random, "#f6f1e6", c.Veil(cover=0.5, soft=0.6, bottom=0.5, rows=8, columns=2, strength=0.5)
    )
    c.glow(light, 0.7, 0.42, 0.1, "#ffe9c4", 0.2, stretch=2)
    image = c.photo(light)
    for near in (0.25, 0.5, 0.85):
        c.fill(
            image,
            c.ridge(random, horizon + 0.01, 0.2 - near * 0.14, peaks=3, rough=0.45),
            c.mix(warm, "#40586c", near * 0.8),
            c.mix(warm, "#8397a1", near * 0.6),
        )
        c.haze(image, random, horizon, 0.05, warm, 0.35)
    light = c.light_of(image)
    c.water(light, random, horizon, tint="#5b7686", depth=0.36, chop=0.6)
    image = c.photo(light)
    draw = ImageDraw.Draw(image)
    x, y = (0.3 + random.random() * 0.12) * c.WIDTH, 0.69 * c.HEIGHT
    for step in range(22):
        draw.line(
            [(x - 190 - step * 9, y + 10 + step * 3), (x + 150 + step * 5, y + 12 + step * 3)],
            fill=c.mix("#5f7885", "#c5cfcd", 0.2 + 0.6 * ((step * 7) % 5) / 5),
            width=1,
        )
    draw.polygon([(x - 190, y - 34), (x + 220, y - 42), (x + 170, y + 12), (x - 165, y + 12)], fill="#23303c")
    draw.polygon([(x - 178, y - 8), (x + 192, y - 10), (x + 172, y + 12), (x - 165, y + 12)], fill="#9c3b2e")
    draw.polygon([(x - 130, y - 36), (x - 120, y - 92), (x + 90, y - 92), (x + 112, y - 38)], fill="#eeeae0")
    draw.polygon([(x - 60, y - 92), (x - 54, y - 128), (x + 50, y - 128), (x + 62, y - 92)], fill="#e2ddd1")
    for window in range(9):
        draw.rectangle([x - 106 + window * 22, y - 76, x - 94 + window * 22, y - 62], fill="#47596a")
    draw.rectangle([x - 40, y - 168, x - 10, y - 126], fill="#9c3b2e")
    draw.line([(x + 40, y - 128), (x + 40, y - 190)], fill="#3a4650", width=4)
    return c.finished(image)


def kelp(random: c.Random) -> Image.Image:
    """Shafts of light through a forest under water."""
    light = c.gradient((0, "#bfe8d2"), (0.2, "#5fb6a6"), (0.6, "#17686f"), (1, "#07303d"))
    rays = c.dark()
    for _ in range(12):
        x, lean, wide = random.random() * 1.2 - 0.1, random.normal(0.1, 0.08), 0.006 + random.random() * 0.03
        beam = np.exp(-(((c.X - x - lean * c.Y) / (wide * (1 + c.Y))) ** 2)) * np.clip(1 - c.Y * 1.15, 0, 1)
        rays += beam[..., None] * c.rgb("#cdf5de") * 0.22
    c.glow(light, 0.5, -0.05, 0.25, "#f2ffe9", 0.5, stretch=1.6)
    image = c.photo(light)
    for near in (0.15, 0.4, 0.7, 1.0):
        for _ in range(5 if near < 1 else 3):
            _frond(image, random, near)
        if near == 0.4:
            image = c.shine(image, rays)
    draw = ImageDraw.Draw(image)
    x, y = c.WIDTH * (0.35 + random.random() * 0.3), c.HEIGHT * 0.45
    for _ in range(40):
        fx, fy, size = x + random.normal(0, 190), y + random.normal(0, 80), 6 + random.random() * 9
        tone = c.mix("#0d3f4a", "#d8f3dd", random.random() * 0.7)
        draw.ellipse([fx - size * 1.5, fy - size * 0.5, fx + size * 1.5, fy + size * 0.5], fill=tone)
        draw.polygon(
            [(fx - size * 1.2, fy), (fx - size * 2.2, fy - size * 0.6), (fx - size * 2.2, fy + size * 0.6)],
            fill=tone,
        )
    return c.finished(c.shine(image, rays * 0.35))


def _frond(image: Image.Image, random: c.Random, near: float) -> None:
    """Draw one kelp stem with its leaves, swaying."""
    tone = c.mix("#4fa898", "#082420", near)
    leaf = c.mix("#6bb79a", "#4a4a16" if random.random() < 0.6 else "#12382c", near)
    draw = ImageDraw.Draw(image)
    x, phase, sway = random.random() * c.WIDTH, random.random() * 6, 20 + 50 * near
    top = -40 if random.random() < 0.6 else random.random() * 400
    stem = [(x + float(np.sin(phase + y / 190)) * sway, float(y)) for y in np.arange(c.HEIGHT + 20, top, -16)]
    draw.line(stem, fill=tone, width=max(2, int(7 * near)))
    for index, (px, py) in enumerate(stem[::3]):
        side = 1 if index % 2 else -1
        long, wide = (60 + 150 * near) * (0.6 + random.random() * 0.6), 4 + 9 * near
        droop, bend = random.normal(0.35, 0.3), random.normal(0.25, 0.15)
        spine = [(px + side * long * t, py - long * (droop * t - bend * t * t * 2)) for t in LEAF]
        width = [wide * float(np.sin(np.pi * t**0.8)) * 1.3 for t in LEAF]
        edge = [(sx, sy - w) for (sx, sy), w in zip(spine, width, strict=True)]
        back = [(sx, sy + w) for (sx, sy), w in zip(spine, width, strict=True)]
        shade = c.mix(leaf, "#c3d67a", random.random() * 0.35 * (1.15 - near))
        draw.polygon([*edge, *reversed(back)], fill=shade)
