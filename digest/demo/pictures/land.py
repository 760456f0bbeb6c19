"""Scenes of mountains, roads, fields and the night sky."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from digest.demo.pictures import canvas as c


def mountains(random: c.Random) -> Image.Image:
    """Snow-covered ridges that fade into haze, behind a dark shore."""
    light = c.gradient((0, "#5d7fa8"), (0.35, "#a9c0d2"), (0.6, "#f0d9c8"), (1, "#dfe5ea"))
    c.clouds(
        light, random, "#ffffff", c.Veil(cover=0.4, soft=0.5, bottom=0.5, rows=8, columns=2, strength=0.5)
    )
    for near in (0.0, 0.35, 0.7, 1.0):
        _snow(light, random, 0.42 + 0.26 * near, 0.26 + 0.08 * near, near)
    image = c.photo(light)
    c.haze(image, random, 0.72, 0.08, "#e9e3e2", 0.6)
    outline = c.ridge(random, 0.86, 0.1, peaks=3)
    _firs(image, random, outline)
    c.fill(image, outline, "#16242e", "#0d151b")
    return c.finished(image)


def _snow(light: c.Array, random: c.Random, y: float, height: float, near: float) -> None:
    """Lay one range over *light*: lit from the left, rock where it is steep."""
    outline = c.ridge(random, y, height, peaks=3, rough=0.5, octaves=7)[:-2]
    crest = np.interp(c.X[0] * c.WIDTH, [px for px, _ in outline], [py / c.HEIGHT for _, py in outline])
    below = c.Y - crest[None, :].astype(np.float32)
    ground = c.noise(random, c.ROWS, c.COLUMNS, octaves=6, base=(4, 6), cubic=6)
    lean = np.convolve(np.pad(np.gradient(crest), 12, mode="edge"), np.ones(25) / 25, "valid").astype(
        np.float32
    )
    slope = np.diff(ground, axis=1, append=ground[:, -1:]) * 45 - lean[None, :] * 90 * np.exp(-below * 9)
    facing = np.clip(0.6 - slope, 0, 1)
    rock = np.clip((ground - 0.44 + below * 0.7 + slope * 0.25) * 5, 0, 1) * 0.95
    mask = below * c.ROWS
    bright, shade, stone = (
        c.mix("#c9d3de", to, 0.35 + 0.65 * near) for to in ("#fdf6ee", "#7e93b4", "#45506a")
    )
    layer = c.rgb(shade) + (c.rgb(bright) - c.rgb(shade)) * facing[..., None]
    layer += (c.rgb(stone) - layer) * (rock * (0.35 + 0.5 * near))[..., None]
    layer += (c.rgb("#e3e1e4") - layer) * np.clip(below * 2.2 * (1.2 - near), 0, 0.85)[..., None]
    light += (layer - light) * np.clip(mask, 0, 1)[..., None]


def _firs(image: Image.Image, random: c.Random, outline: list[c.Point]) -> None:
    draw = ImageDraw.Draw(image)
    for at, y in outline[:-2]:
        if random.random() < 0.75:
            tall, x = 12 + random.random() * 46, at + random.normal(0, 4)
            draw.polygon([(x - tall * 0.2, y + 8), (x, y - tall), (x + tall * 0.2, y + 8)], fill="#16242e")


def dunes(random: c.Random) -> Image.Image:
    """Dry hills in long evening light."""
    light = c.gradient((0, "#6d86a3"), (0.3, "#d9b79b"), (0.46, "#f7cf95"), (1, "#f7cf95"))
    c.clouds(
        light, random, "#ffe6c2", c.Veil(cover=0.45, soft=0.5, bottom=0.42, rows=12, columns=2, strength=0.6)
    )
    c.glow(light, 0.8, 0.4, 0.14, "#fff0c0", 0.5)
    for near in np.linspace(0, 1, 7):
        _dune(light, random, float(near))
    image = c.photo(light)
    c.haze(image, random, 0.42, 0.06, "#f7d7a8", 0.45)
    return c.finished(image)


def _dune(light: c.Array, random: c.Random, near: float) -> None:
    outline = c.ridge(random, 0.44 + 0.46 * near**1.4, 0.08 + 0.16 * near, peaks=2, rough=0.4, octaves=4)[:-2]
    crest = np.interp(c.X[0] * c.WIDTH, [px for px, _ in outline], [py / c.HEIGHT for _, py in outline])
    crest = np.convolve(np.pad(crest, 20, mode="edge"), np.ones(41) / 41, "valid").astype(np.float32)
    below = c.Y - crest[None, :]
    tilt = np.clip(np.gradient(crest)[None, :] * -420, -1, 1).astype(np.float32)
    grain = c.noise(random, c.ROWS, c.COLUMNS, octaves=4, base=(20, 5)) - 0.5
    lit = np.clip(0.5 + tilt * 0.5 * np.exp(-below * 5) + grain * 0.35 - below * 0.7, 0, 1)
    low, high = c.mix("#c99f7d", "#4d2a25", near), c.mix("#f0c494", "#d9854a", near)
    layer = c.rgb(low) + (c.rgb(high) - c.rgb(low)) * lit[..., None]
    light += (layer - light) * np.clip(below * c.ROWS, 0, 1)[..., None]


def road(random: c.Random) -> Image.Image:
    """A wet mountain road that bends toward a pass, and one rider."""
    light = c.gradient((0, "#4c5a66"), (0.35, "#9aa7ab"), (0.5, "#d5d9d3"), (1, "#66706a"))
    c.clouds(
        light, random, "#37424c", c.Veil(cover=0.55, soft=0.5, bottom=0.5, rows=5, columns=3, strength=0.7)
    )
    image = c.photo(light)
    for near in (0.1, 0.35, 0.65):
        outline = c.ridge(random, 0.5 + 0.05 * near, 0.34 - 0.16 * near, peaks=3)
        c.fill(image, outline, c.mix("#a9b4b5", "#3d4f4a", near), c.mix("#c3cac7", "#55665b", near))
        c.haze(image, random, 0.5, 0.08, "#cfd5d2", 0.55 * (1 - near))
    grain = np.zeros((c.ROWS, c.COLUMNS), np.float32)
    row = int(0.52 * c.ROWS)
    grain[row:] = c.floor(random, 0.52, across=40, along=14)[: c.ROWS - row]
    meadow = [
        (0, 0.55 * c.HEIGHT),
        (500, 0.52 * c.HEIGHT),
        (1000, 0.545 * c.HEIGHT),
        (1600, 0.5 * c.HEIGHT),
        (1600, 900),
        (0, 900),
    ]
    c.texture(image, meadow, grain, "#2c3a2c", "#7c8a5c")
    bends = np.linspace(0, 1, 60)
    middle = 800 + 330 * np.sin(bends * 4.4 + 0.4) * (1 - bends) ** 0.7 * (0.4 + bends)
    ys, wide = 900 - (1 - (1 - bends) ** 2.0) * 405, 330 * (1 - bends) ** 2.2 + 5
    left = [(float(m - w), float(y)) for m, w, y in zip(middle, wide, ys, strict=True)]
    right = [(float(m + w), float(y)) for m, w, y in zip(middle, wide, ys, strict=True)]
    c.fill(image, [*left, *reversed(right)], "#a7afb1", "#3b4347")
    draw = ImageDraw.Draw(image)
    for side, edge in ((0.93, right), (0.93, left)):
        line = [(float(m + (x - m) * side), y) for (x, y), m in zip(edge, middle, strict=True)]
        for (x0, y0), (x1, y1) in pairwise(line):
            draw.line([(x0, y0), (x1, y1)], fill="#d9dcd8", width=max(1, int((y0 - 490) / 50)))
    _rider(draw, float(middle[16]) + 30, float(ys[16]))
    return c.finished(image)


def _rider(draw: ImageDraw.ImageDraw, x: float, y: float) -> None:
    draw.ellipse([x - 7, y - 56, x + 7, y + 2], outline="#14191c", width=5)
    draw.polygon(
        [
            (x - 12, y - 42),
            (x + 12, y - 42),
            (x + 22, y - 84),
            (x + 12, y - 104),
            (x - 12, y - 104),
            (x - 22, y - 84),
        ],
        fill="#c8322b",
    )
    draw.line([(x - 9, y - 44), (x - 10, y - 10)], fill="#1b2226", width=9)
    draw.line([(x + 9, y - 44), (x + 10, y - 16)], fill="#1b2226", width=9)
    draw.ellipse([x - 11, y - 124, x + 11, y - 100], fill="#f1eee6")


def rails(random: c.Random) -> Image.Image:
    """Tracks that run toward a pink horizon under overhead wires."""
    light = c.gradient((0, "#374a78"), (0.3, "#9a7fa3"), (0.48, "#f39d8a"), (0.56, "#ffd3a0"), (1, "#3a3340"))
    c.clouds(
        light, random, "#ffc2a1", c.Veil(cover=0.48, soft=0.5, bottom=0.54, rows=12, columns=2, strength=0.7)
    )
    row = int(0.57 * c.ROWS)
    ballast = c.floor(random, 0.57, across=120, along=60)
    light[row:] = c.rgb("#2a2530") + (c.rgb("#7c6a70") - c.rgb("#2a2530")) * ballast[..., None]
    c.glow(light, 0.5, 0.555, 0.1, "#ffcf9a", 0.6, stretch=2.4)
    image = c.photo(light)
    c.fill(image, [*c.ridge(random, 0.575, 0.06, peaks=5)[:-2], (1600, 520), (0, 520)], "#4b4163")
    draw = ImageDraw.Draw(image)
    vanish = (800.0, 0.555 * 900)
    for depth in np.geomspace(1.2, 60, 46)[::-1]:
        y = vanish[1] + 400 / depth
        draw.line(
            [(800 - 560 / depth * 1.9, y), (800 + 560 / depth * 1.9, y)],
            fill=c.mix("#3b3036", "#7a6468", min(1, depth / 30)),
            width=max(1, int(26 / depth)),
        )
    for rail in (-760.0, -300.0, 300.0, 760.0):
        foot, wide = 800 + rail * 1.02, 11
        draw.polygon(
            [(foot - wide, 905), (foot + wide, 905), (vanish[0] + 1, vanish[1]), (vanish[0] - 1, vanish[1])],
            fill="#e9b79c",
        )
        draw.polygon(
            [(foot + 2, 905), (foot + wide, 905), (vanish[0] + 1, vanish[1]), vanish], fill="#8b5f60"
        )
    for depth in (26.0, 13.0, 7.5, 4.5, 2.8, 1.8):
        shade, size = c.mix("#1d1a28", "#7b6580", min(1, depth / 26)), 1 / depth
        for side in (-1, 1):
            x, y = 800 + side * 1250 * size, vanish[1] + 400 * size
            draw.line([(x, y), (x, y - 1250 * size)], fill=shade, width=max(2, int(34 * size)))
            draw.line(
                [(x, y - 1150 * size), (x - side * 620 * size, y - 1080 * size)],
                fill=shade,
                width=max(1, int(16 * size)),
            )
            draw.line(
                [(x, y - 960 * size), (x - side * 620 * size, y - 1080 * size)],
                fill=shade,
                width=max(1, int(10 * size)),
            )
    for wire in (-620.0, 620.0):
        draw.line([vanish, (800 + wire * 1.1, -120)], fill="#2b2434", width=3)
    return c.finished(image)


def fields(random: c.Random) -> Image.Image:
    """Rows of crops toward low hills in morning mist."""
    light = c.gradient((0, "#88b4c9"), (0.3, "#d5dfc8"), (0.44, "#fbe9bd"), (1, "#fbe9bd"))
    c.clouds(
        light, random, "#ffffff", c.Veil(cover=0.42, soft=0.5, bottom=0.42, rows=8, columns=3, strength=0.6)
    )
    c.glow(light, 0.72, 0.4, 0.12, "#fff3c8", 0.5, stretch=1.5)
    row = int(0.48 * c.ROWS)
    count = c.ROWS - row
    depth = 1 / np.linspace(0.03, 1, count, dtype=np.float32)[:, None]
    across = (c.X - 0.46) * depth
    furrow = 0.5 + 0.5 * np.sin(across * 62 + random.random() * 6 + np.zeros_like(depth))
    near = np.linspace(0, 1, count, dtype=np.float32)[:, None]
    leaf = np.clip(
        furrow**1.4 * 0.85 + (c.floor(random, 0.48, across=90, along=30) - 0.5) * 0.7 * near + 0.05, 0, 1
    )
    low = c.rgb("#7f8f58") * (1 - near[..., None]) + c.rgb("#3a2b1c") * near[..., None]
    high = c.rgb("#c3cf7f") * (1 - near[..., None]) + c.rgb("#6f9a35") * near[..., None]
    light[row:] = low + (high - low) * leaf[..., None]
    image = c.photo(light)
    for far in (0.2, 0.5, 0.85):
        outline = c.ridge(random, 0.49 + 0.005 * far, 0.16 - 0.1 * far, peaks=3, rough=0.4)[:-2]
        c.fill(
            image,
            [*outline, (1600, 440), (0, 440)],
            c.mix("#c9d6c0", "#4f6f4c", far),
            c.mix("#e6e6c8", "#7d9560", far),
        )
        c.haze(image, random, 0.48, 0.05, "#fbeec8", 0.6)
    return c.finished(image)


def stars(random: c.Random) -> Image.Image:
    """The Milky Way and a comet over an observatory."""
    light = c.gradient((0, "#050a1c"), (0.5, "#132248"), (0.78, "#2f4a78"), (0.9, "#b9806a"), (1, "#d49a6b"))
    lean = (c.Y - 0.42 + (c.X - 0.5) * 0.75) * 1.0
    dust = c.noise(random, c.ROWS, c.COLUMNS, octaves=6, base=(4, 5))
    band = np.exp(-((lean / 0.17) ** 2)) * (0.35 + 0.9 * dust)
    light += (band * 0.42)[..., None] * c.rgb("#a9b4e6")
    light += (np.exp(-((lean / 0.07) ** 2)) * dust**2 * 0.5)[..., None] * c.rgb("#f4c9b8")
    light *= (1 - np.exp(-(((lean - 0.02) / 0.045) ** 2)) * np.clip(dust * 1.8 - 0.7, 0, 0.65))[..., None]
    for count, bright in ((2600, 0.4), (500, 0.8), (60, 1.0)):
        ys, xs = random.integers(0, int(0.86 * c.ROWS), count), random.integers(0, c.COLUMNS, count)
        light[ys, xs] += (bright * random.random(count)).astype(np.float32)[:, None]
    x, y = 0.7, 0.26
    for step in np.linspace(0, 1, 26):
        c_x, c_y = x + 0.17 * float(step), y - 0.3 * float(step)
        c.speck(light, c_x, c_y, 0.004 + 0.022 * float(step), "#9fc4ff", 0.2 * (1 - float(step)) ** 1.4)
    c.speck(light, x, y, 0.012, "#eaf6ff", 1.1)
    image = c.photo(light)
    outline = c.ridge(random, 0.9, 0.12, peaks=2, rough=0.4)
    c.fill(image, outline, "#0a0d18")
    draw = ImageDraw.Draw(image)
    foot = min(py for px, py in outline if 300 < px < 620) + 22
    draw.rectangle([370, foot - 70, 550, foot + 60], fill="#0c101d")
    draw.pieslice([352, foot - 168, 568, foot + 36], 180, 360, fill="#141a2c")
    draw.polygon([(468, foot - 66), (492, foot - 66), (520, foot - 152), (494, foot - 164)], fill="#c7803f")
    draw.rectangle([440, foot - 40, 462, foot - 8], fill="#f2b65e")
    return c.finished(image, soften=0.5)
