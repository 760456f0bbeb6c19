"""Scenes where land and water meet."""

import numpy as np
from PIL import Image, ImageDraw

from digest.demo.pictures import canvas as c


def cliffs(random: c.Random) -> Image.Image:
    """Chalk cliffs, a bright sea, and birds."""
    horizon = 0.46
    light = c.gradient((0, "#5f95bd"), (0.3, "#a5c8d8"), (horizon, "#e6eee8"), (1, "#e6eee8"))
    c.clouds(
        light, random, "#ffffff", c.Veil(cover=0.46, soft=0.35, bottom=0.44, rows=5, columns=4, strength=0.85)
    )
    row = int(horizon * c.ROWS)
    swell = c.floor(random, horizon, across=20, along=8)
    depth = np.linspace(0, 1, c.ROWS - row, dtype=np.float32)[:, None, None]
    light[row:] = c.rgb("#9cc6cf") * (1 - depth) + c.rgb("#1c5f7f") * depth + (swell[..., None] - 0.5) * 0.22
    image = c.photo(light)
    for near in (0.0, 0.3, 0.62, 1.0):
        _cliff(image, random, near)
        c.haze(image, random, horizon, 0.05, "#e6eee8", 0.35 * (1 - near))
    draw = ImageDraw.Draw(image)
    for _ in range(24):
        x, y, size = (
            random.random() * c.WIDTH,
            random.random() * 0.62 * c.HEIGHT,
            8 + random.random() ** 3 * 46,
        )
        lift, tilt = size * (0.15 + random.random() * 0.35), random.normal(0, 0.2) * size
        white = "#ffffff" if y > 0.28 * c.HEIGHT else "#33434f"
        for side in (-1, 1):
            wing = [
                (x, y),
                (x + side * size * 0.5, y - lift + tilt * side * 0.5),
                (x + side * size, y - lift * 0.4 + tilt * side),
                (x + side * size * 0.45, y - lift * 0.55 + tilt * side * 0.5),
            ]
            draw.polygon([*wing, (x, y + size * 0.12)], fill=white)
    return c.finished(image)


def _cliff(image: Image.Image, random: c.Random, near: float) -> None:
    """Draw one headland; *near* 0 is the farthest."""
    left = (0.34 + 0.3 * near) * c.WIDTH
    foot, tall = (0.47 + 0.3 * near**1.5) * c.HEIGHT, (0.07 + 0.5 * near) * c.HEIGHT
    xs = np.linspace(left, c.WIDTH + 20, 60)
    swell = np.interp(xs, np.linspace(left, c.WIDTH + 20, 7), random.normal(0, 0.06, 7)) * tall
    rise = np.minimum(1, 0.72 + 0.4 * (xs - left) / c.WIDTH) * tall
    rim = [
        (float(x), float(foot - r + w + random.normal(0, 1 + 3 * near)))
        for x, r, w in zip(xs, rise, swell, strict=True)
    ]
    base = [
        (float(x), float(foot + (x - left) * 0.05 * near + random.normal(0, 2 + 4 * near))) for x in xs[::-1]
    ]
    grain = c.noise(random, c.ROWS, c.COLUMNS, octaves=5, base=(3, 22)) * 0.75 + 0.25 * c.X
    c.texture(
        image, [*rim, *base], grain, c.mix("#b9cbd2", "#9ba39c", near), c.mix("#e4ecec", "#fbf7ea", near)
    )
    turf = [*rim, *((x + 6, y + (4 + 26 * near) * (0.4 + random.random() * 0.8)) for x, y in reversed(rim))]
    c.fill(
        image,
        [(x, y - 2 - 6 * near) for x, y in turf[:60]] + turf[60:],
        c.mix("#b4c8b4", "#63833f", near),
        c.mix("#a8bda8", "#48652c", near),
    )
    draw = ImageDraw.Draw(image)
    for x, y in base:  # surf at the foot
        size = (6 + 40 * near) * random.random()
        draw.ellipse(
            [x - size, y - size * 0.14, x + size, y + size * 0.14],
            fill=c.mix("#dbe9ea", "#ffffff", random.random()),
        )


def bridge(random: c.Random) -> Image.Image:
    """The towers of a suspension bridge out of fog at sunrise."""
    warm, cool = (("#f6c59a", "#6f7f9c"), ("#f3b7a2", "#5f6f92"))[random.integers(2)]
    light = c.gradient((0, cool), (0.45, c.mix(cool, warm, 0.6)), (0.7, warm), (1, "#f9e2c8"))
    c.glow(light, 0.62, 0.52, 0.16, "#ffd09a", 0.22)
    c.disc(light, 0.62, 0.5, 0.028, "#fffaf0")
    image = c.photo(light)
    c.fill(image, c.ridge(random, 0.75, 0.22, peaks=3), c.mix(warm, cool, 0.55), warm)
    c.haze(image, random, 0.72, 0.1, "#fbe0c6", 0.7)
    draw, shade = ImageDraw.Draw(image), c.mix(cool, "#20263a", 0.8)
    deck = 0.66 * c.HEIGHT
    towers = [(0.22 * c.WIDTH, 1.0), (0.84 * c.WIDTH, 0.86)]
    for x, size in towers:
        top = deck - 430 * size
        for leg in (-26 * size, 26 * size):
            c.box(
                image, x + leg - 9 * size, top, x + leg + 9 * size, c.HEIGHT, shade, c.mix(shade, warm, 0.7)
            )
        for step in (0.0, 0.32, 0.64):
            c.box(
                image,
                x - 30 * size,
                top + step * 430 * size,
                x + 30 * size,
                top + step * 430 * size + 14 * size,
                shade,
            )
    (left, big), (right, small) = towers
    tops = deck - 430 * big, deck - 430 * small
    spans = [
        (-0.3 * c.WIDTH, deck - 30, left, tops[0]),
        (left, tops[0], right, tops[1]),
        (right, tops[1], 1.3 * c.WIDTH, deck - 30),
    ]
    for x0, y0, x1, y1 in spans:
        cable = []
        for t in np.linspace(0, 1, 70):
            sag = 1 - (2 * t - 1) ** 2
            drop = (deck - 26 - max(y0, y1)) * (sag if x0 == left else sag * 0.16)
            cable.append((x0 + (x1 - x0) * t, y0 + (y1 - y0) * t + drop))
        draw.line(cable, fill=shade, width=6)
        for px, py in cable[1:-1:2]:
            draw.line([(px, py), (px, deck)], fill=c.mix(shade, warm, 0.35), width=2)
    c.box(image, 0, deck - 6, c.WIDTH, deck + 14, shade)
    for y, strength in ((0.82, 0.95), (0.95, 1.0), (0.7, 0.35)):
        c.haze(image, random, y, 0.12, "#fdebd6", strength)
    return c.finished(image)
