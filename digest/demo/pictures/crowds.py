"""Scenes with many people and many lights."""

import numpy as np
from PIL import Image, ImageDraw

from digest.demo.pictures import canvas as c
from digest.demo.pictures.town import House, tower


def stadium(random: c.Random) -> Image.Image:
    """Floodlights over a green pitch and a packed stand."""
    light = c.gradient((0, "#070b1a"), (0.3, "#16264a"), (0.5, "#2c3e63"), (1, "#0b2a17"))
    row = int(0.6 * c.ROWS)
    depth = 1 / np.linspace(0.25, 1, c.ROWS - row, dtype=np.float32)[:, None]
    mown = (np.sin(depth * 11 + 1) > 0).astype(np.float32) * 0.2
    grass = 0.55 + mown + (c.floor(random, 0.6, across=90, along=50) - 0.5) * 0.25
    pool = (
        np.exp(-(((c.X - 0.5) / 0.5) ** 2)) * np.linspace(1.15, 0.6, c.ROWS - row, dtype=np.float32)[:, None]
    )
    light[row:] = (grass * pool)[..., None] * c.rgb("#5fc455")
    stand = slice(int(0.34 * c.ROWS), row)
    crowd = random.random((row - stand.start, c.COLUMNS)).astype(np.float32)
    rows = 0.55 + 0.45 * (np.arange(row - stand.start)[:, None] % 6 > 1)
    tint = np.stack(
        [
            0.35 + 0.5 * random.random(crowd.shape),
            0.3 + 0.35 * random.random(crowd.shape),
            0.4 + 0.4 * random.random(crowd.shape),
        ],
        -1,
    )
    light[stand] = (
        (crowd * rows)[..., None]
        * tint.astype(np.float32)
        * np.linspace(0.4, 0.95, row - stand.start, dtype=np.float32)[:, None, None]
    )
    image = c.photo(light)
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 0.2 * 900), (1600, 0.2 * 900), (1600, 0.345 * 900), (0, 0.345 * 900)], fill="#0c1326")
    draw.polygon([(0, 0.19 * 900), (1600, 0.19 * 900), (1600, 0.215 * 900), (0, 0.215 * 900)], fill="#3a4b6d")
    draw.rectangle([0, 528, 1600, 546], fill="#e8eef2")
    for word in range(0, 1600, 200):
        draw.rectangle(
            [word, 528, word + 196, 546], fill=("#c03a2b", "#f0f0ea", "#1d4f91")[(word // 200) % 3]
        )
    for y, wide in ((566, 2), (760, 6)):
        draw.line([(0, y), (1600, y)], fill="#dff0da", width=wide)
    draw.ellipse([590, 690, 1010, 830], outline="#dff0da", width=6)
    _players(draw, random)
    lamps = c.dark()
    for x in (0.12, 0.37, 0.63, 0.88):
        for lamp in range(5):
            draw.ellipse([x * 1600 - 62 + lamp * 26, 148, x * 1600 - 42 + lamp * 26, 168], fill="#ffffff")
        c.glow(lamps, x, 0.175, 0.05, "#e9f3ff", 1.0, stretch=1.5)
        c.glow(lamps, x, 0.3, 0.16, "#9fc0ea", 0.2)
    return c.finished(c.shine(image, lamps))


def _players(draw: ImageDraw.ImageDraw, random: c.Random) -> None:
    for _ in range(11):
        x, y = 120 + random.random() * 1360, 590 + random.random() * 230
        size, shirt = (y - 440) / 6, ("#f4f4ee", "#b3242b")[random.integers(2)]
        draw.ellipse([x - size * 0.9, y - 3, x + size * 1.3, y + size * 0.12], fill="#1c4a22")
        draw.line([(x, y - size * 0.9), (x - size * 0.35, y)], fill="#15202e", width=int(size / 6))
        draw.line(
            [(x, y - size * 0.9), (x + size * 0.4, y - size * 0.1)], fill="#15202e", width=int(size / 6)
        )
        draw.polygon(
            [
                (x - size * 0.3, y - size * 1.6),
                (x + size * 0.32, y - size * 1.6),
                (x + size * 0.22, y - size * 0.8),
                (x - size * 0.22, y - size * 0.8),
            ],
            fill=shirt,
        )
        draw.line(
            [(x - size * 0.28, y - size * 1.5), (x - size * 0.62, y - size * 1.05)],
            fill=shirt,
            width=int(size / 7),
        )
        draw.line(
            [(x + size * 0.28, y - size * 1.5), (x + size * 0.66, y - size * 1.15)],
            fill=shirt,
            width=int(size / 7),
        )
        draw.ellipse([x - size * 0.17, y - size * 2.0, x + size * 0.17, y - size * 1.62], fill="#8a5a42")


def market(random: c.Random) -> Image.Image:
    """Stalls with striped awnings in the morning."""
    light = c.gradient((0, "#e8c99a"), (0.4, "#d49c6a"), (0.62, "#6d4a3c"), (1, "#5a4438"))
    image = c.photo(light)
    for place in range(0, 1600, 200):
        tower(
            image,
            random,
            House(
                place - 20,
                random.random() * 60 - 40,
                196,
                470,
                c.mix("#d9b48b", "#a9764f", random.random()),
                0.0,
            ),
        )
    c.haze(image, random, 0.3, 0.3, "#ffe6b8", 0.6)
    stripes = (("#b5372e", "#f5ead6"), ("#2f6f63", "#f2ead2"), ("#d08b27", "#f8efdd"), ("#2d5580", "#f1ecdf"))
    fruit = ("#d9482f", "#e9a92f", "#7f9d3b", "#c7782e", "#8d2f45", "#e4d6a2")
    for row, (y, size) in enumerate(((430, 0.62), (560, 1.0))):
        x = -120.0 * (row + random.random())
        while x < c.WIDTH:
            _stall(image, random, x, y, size, stripes[random.integers(4)], fruit)
            x += 420 * size
    lamps = c.dark()
    c.glow(lamps, 0.75, 0.1, 0.4, "#ffdf9e", 0.42)
    return c.finished(c.shine(image, lamps))


def _stall(
    image: Image.Image,
    random: c.Random,
    x: float,
    y: float,
    size: float,
    stripes: tuple[str, str],
    fruit: tuple[str, ...],
) -> None:
    wide, tall = 390 * size, 130 * size
    c.box(image, x + 14, y, x + wide - 14, 900, "#2c1f1c", "#4c352c")
    draw = ImageDraw.Draw(image)
    count = 10
    for stripe in range(count):
        begin, end = wide * stripe / count, wide * (stripe + 1) / count
        lean = 26 * size
        top = [
            (x + lean + (wide - 2 * lean) * stripe / count, y - tall),
            (x + lean + (wide - 2 * lean) * (stripe + 1) / count, y - tall),
        ]
        tone = stripes[stripe % 2]
        c.fill(image, [*top, (x + end, y), (x + begin, y)], tone, c.mix(tone, "#5b2f20", 0.25))
        draw.pieslice(
            [x + begin, y - 17 * size, x + end, y + 17 * size], 0, 180, fill=c.mix(tone, "#3b2018", 0.3)
        )
    for crate in range(4):
        left, rim = x + 22 * size + crate * 88 * size, y + 150 * size
        colour = fruit[random.integers(len(fruit))]
        for heap in range(34):
            fx, fy, ball = (
                left + random.random() * 72 * size,
                rim - abs(random.normal(0, 14)) * size,
                9 * size,
            )
            draw.ellipse(
                [fx - ball, fy - ball, fx + ball, fy + ball],
                fill=c.mix(c.mix(colour, "#2a1512", 0.35), c.mix(colour, "#fff1c9", 0.3), heap / 34),
            )
        c.box(image, left - 8 * size, rim, left + 78 * size, rim + 54 * size, "#a87848", "#694526")
        draw.line(
            [(left - 8 * size, rim + 26 * size), (left + 78 * size, rim + 26 * size)], fill="#4a2f1a", width=3
        )


def rain(random: c.Random) -> Image.Image:
    """City lights through a window streaked with rain."""
    light = c.gradient((0, "#0d1726"), (0.6, "#1f2c44"), (1, "#0c111c"))
    colours = ("#ffb35a", "#ff7a4d", "#ffd99a", "#6fb7e8", "#f04f4a", "#8fe0c0")
    for _ in range(80):
        x, y, radius = random.random(), 0.2 + abs(random.normal(0, 0.3)), 0.008 + random.random() ** 2 * 0.042
        part, distance = c.near(x, y, radius)
        rim = np.clip((radius - distance) * 300, 0, 1) * (0.55 + 0.45 * np.clip(distance / radius, 0, 1) ** 4)
        light[part] += rim[..., None] * c.rgb(colours[random.integers(6)]) * (0.3 + 0.65 * random.random())
    image = c.photo(light)
    drops = image.transpose(Image.Transpose.ROTATE_180).resize(image.size)
    mask = Image.new("L", image.size)
    draw = ImageDraw.Draw(mask)
    for _ in range(420):
        x, y, size = random.random() * 1600, random.random() * 900, 2 + random.random() ** 4 * 17
        draw.ellipse([x - size, y - size * 1.15, x + size, y + size * 1.15], fill=235)
    for _ in range(16):
        x, y = random.random() * 1600, random.random() * 500
        trail = [
            (x + float(np.sin(step * 0.7)) * 4, y + step * 24)
            for step in range(int(4 + random.random() * 18))
        ]
        draw.line(trail, fill=150, width=7)
        draw.ellipse([trail[-1][0] - 10, trail[-1][1] - 14, trail[-1][0] + 10, trail[-1][1] + 12], fill=235)
    image.paste(Image.blend(drops, Image.new("RGB", image.size, "#dfeaf2"), 0.22), (-3, -4), mask)
    return c.finished(image, soften=1.2)


def lanterns(random: c.Random) -> Image.Image:
    """Strings of lanterns above a crowd at night."""
    light = c.gradient((0, "#0b1030"), (0.5, "#2a2150"), (0.75, "#7a3b52"), (1, "#2b1420"))
    c.glow(light, 0.5, 0.8, 0.3, "#ff9d4d", 0.4, stretch=1.8)
    image = c.photo(light)
    x = -40.0
    while x < c.WIDTH:
        width = 90 + random.random() * 120
        tower(image, random, House(x, 380 + random.random() * 120, width, 760, "#241b3a", 0.2))
        x += width
    c.haze(image, random, 0.75, 0.14, "#ff9a55", 0.4)
    draw, lamps, spots = ImageDraw.Draw(image), c.dark(), []
    for line in range(5):
        y, sag, size = 60 + line * 78, 90 + random.random() * 90, 30 - line * 4
        spots += [
            (float(t) * 1600, y + sag * (1 - (2 * float(t) - 1) ** 2), size)
            for t in np.linspace(-0.02, 1.02, 15 + line * 2)
        ]
        draw.line([(s[0], s[1] - s[2]) for s in spots[-(15 + line * 2) :]], fill="#120d1f", width=2)
    for sx, sy, size in spots:
        tone = ("#ffc25e", "#ff8a4a", "#ffe0a0", "#f0574a")[random.integers(4)]
        draw.ellipse([sx - size * 0.8, sy - size * 0.9, sx + size * 0.8, sy + size * 0.9], fill=tone)
        draw.ellipse([sx - size * 0.42, sy - size * 0.6, sx + size * 0.42, sy + size * 0.6], fill="#fff0c4")
    small = np.asarray(image.reduce(16).convert("L"), dtype=np.float32) / 255
    bloom = Image.fromarray(np.clip(small * 1.5 - 0.55, 0, 1)).resize(
        (c.COLUMNS, c.ROWS), Image.Resampling.BICUBIC
    )
    lamps += np.clip(np.asarray(bloom), 0, 1)[..., None] * c.rgb("#ffb060") * 0.6
    for near in (0.0, 0.5, 1.0):
        for _ in range(26):
            px, head = random.random() * 1600, 22 + 34 * near
            py = 700 + 120 * near + random.normal(0, 16)
            shade = c.mix("#57304a", "#0b0711", 0.35 + 0.65 * near)
            draw.ellipse([px - head * 0.5, py - head * 1.2, px + head * 0.5, py], fill=shade)
            draw.pieslice(
                [px - head * 1.1, py - head * 0.15, px + head * 1.1, py + head * 5], 180, 360, fill=shade
            )
            draw.rectangle(
                [px - head * 1.1, py + head * 2.3, px + head * 1.1, max(905, py + head * 2.3)], fill=shade
            )
    return c.finished(c.shine(image, lamps))
