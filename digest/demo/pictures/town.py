"""Scenes of streets, roofs and work."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from digest.demo.pictures import canvas as c

WINDOWS = ("#ffd98a", "#ffc46b", "#ffe9b8", "#f5b765")


@dataclass(frozen=True, slots=True)
class House:
    """Where a house stands in the picture, its colour, and the share of its windows that have light."""

    x: float
    top: float
    width: float
    foot: float
    shade: str
    lit: float


def tower(image: Image.Image, random: c.Random, house: House) -> None:
    """Draw one house with a grid of windows."""
    x, right, shade = house.x, house.x + house.width, house.shade
    c.box(image, x, house.top, right, house.foot, shade, c.mix(shade, "#000000", 0.25))
    draw = ImageDraw.Draw(image)
    step = 17
    for wx in np.arange(x + 9, right - 12, step):
        for wy in np.arange(house.top + 12, house.foot - 14, step + 6):
            if random.random() < house.lit:
                tone = c.mix(shade, WINDOWS[random.integers(4)], 0.45 + 0.55 * random.random())
                draw.rectangle([wx, wy, wx + 7, wy + 11], fill=tone)


def skyline(random: c.Random) -> Image.Image:
    """Lit windows under a large moon."""
    light = c.gradient(
        (0, "#0d1433"), (0.45, "#2b3268"), (0.75, "#85517c"), (0.95, "#e08a6e"), (1, "#e08a6e")
    )
    c.clouds(
        light, random, "#584a7c", c.Veil(cover=0.45, soft=0.5, bottom=0.7, rows=10, columns=2, strength=0.6)
    )
    x, y = 0.62 + random.random() * 0.2, 0.3
    c.glow(light, x, y, 0.11, "#f8d9b8", 0.35)
    c.disc(light, x, y, 0.052, "#fbeed6")
    spots = c.noise(random, c.ROWS, c.COLUMNS, octaves=3, base=(10, 16))
    c.blend(
        light,
        "#d8c4ae",
        np.clip(spots * 2 - 0.9, 0, 0.5) * (np.hypot(c.X - x, (c.Y - y) * c.ROWS / c.COLUMNS) < 0.05),
    )
    image = c.photo(light)
    for near in (0.0, 0.45, 1.0):
        place = -30.0
        while place < c.WIDTH:
            width, tall = 60 + random.random() * 110, (190 + random.random() * 260) * (1.25 - 0.5 * near)
            tower(
                image,
                random,
                House(
                    place,
                    c.HEIGHT - tall - 60 * (1 - near),
                    width,
                    c.HEIGHT,
                    c.mix("#6d4f80", "#12152c", 0.3 + 0.7 * near),
                    0.1 + 0.35 * near,
                ),
            )
            if random.random() < 0.3:
                mast = place + width * 0.5
                ImageDraw.Draw(image).line(
                    [(mast, c.HEIGHT - tall - 60 * (1 - near)), (mast, c.HEIGHT - tall - 120)],
                    fill="#2a2648",
                    width=4,
                )
            place += width + random.random() * 24
        c.haze(image, random, 0.86, 0.14, "#c9788a", 0.3 * (1 - near))
    return c.finished(image)


def smoke(random: c.Random) -> Image.Image:
    """Smoke over dark roofs, with fire beneath it."""
    light = c.gradient((0, "#1a1a28"), (0.4, "#533242"), (0.68, "#c4573a"), (0.85, "#f7a04c"), (1, "#f7a04c"))
    c.glow(light, 0.56, 0.8, 0.16, "#ffb24d", 0.6)
    drift = c.noise(random, c.ROWS, c.COLUMNS, octaves=6, base=(4, 4))
    rising = np.exp(-(((c.X - 0.56 - (0.8 - c.Y) * 0.45) / (0.08 + (0.86 - c.Y) * 0.4)) ** 2)) * (c.Y < 0.86)
    plume = np.clip((drift * 1.7 - 0.2) * rising * 2.2, 0, 1)
    c.blend(light, "#241c24", plume * 0.95)
    glowing = np.clip((drift - 0.45) * 2.4, 0, 1) * rising * np.clip((c.Y - 0.32) / 0.5, 0, 1)
    c.blend(light, "#e9713a", glowing * 0.55)
    image = c.photo(light)
    _roofs(image, random)
    draw = ImageDraw.Draw(image)
    for _ in range(90):
        x, y = 0.6 * c.WIDTH + random.normal(40, 150), 0.78 * c.HEIGHT - abs(random.normal(0, 240))
        size = random.random() * 2.6
        draw.ellipse([x - size, y - size, x + size, y + size], fill="#ffc56b")
    return c.finished(image)


def _roofs(image: Image.Image, random: c.Random) -> None:
    draw = ImageDraw.Draw(image)
    for near, shade in ((0.0, "#3a1f28"), (0.5, "#221622"), (1.0, "#0f0c14")):
        x = -60.0
        while x < c.WIDTH:
            width, eave = 110 + random.random() * 130, (0.79 + 0.1 * near) * c.HEIGHT + random.random() * 40
            peak = eave - 50 - random.random() * 60
            draw.polygon(
                [(x, 905), (x, eave), (x + width / 2, peak), (x + width, eave), (x + width, 905)], fill=shade
            )
            draw.rectangle([x + width * 0.68, peak - 4, x + width * 0.78, eave - 8], fill=shade)
            if near == 1.0 and random.random() < 0.5:
                draw.rectangle([x + width * 0.4, eave + 14, x + width * 0.52, eave + 44], fill="#f0a250")
            x += width


def tram(random: c.Random) -> Image.Image:
    """A tram with lit windows in a wet street at dusk."""
    light = c.gradient((0, "#1a2547"), (0.4, "#48548a"), (0.62, "#d98f86"), (0.7, "#f6c08c"), (1, "#23243a"))
    image = c.photo(light)
    for side in (0, 1):
        for depth in (0.25, 0.5, 0.8, 1.15):
            reach, top = (0.12 + 0.33 * (1.15 - depth)) * c.WIDTH, (0.56 - 0.56 * depth) * c.HEIGHT
            inner = reach if side == 0 else c.WIDTH - reach
            left, right = (-10, inner) if side == 0 else (inner, c.WIDTH + 10)
            tower(
                image,
                random,
                House(
                    left, top, right - left, 0.72 * c.HEIGHT, c.mix("#7a6486", "#161a30", depth * 0.85), 0.2
                ),
            )
        c.haze(image, random, 0.66, 0.12, "#f3b58c", 0.25)
    draw = ImageDraw.Draw(image)
    for wire in (0.15, 0.5, 0.52, 0.85):
        draw.line([(c.WIDTH * wire * 1.4 - 320, -10), (800, 0.6 * c.HEIGHT)], fill="#161a30", width=2)
    colour = ("#b3332c", "#1e6a5b", "#d8a22a")[random.integers(3)]
    _car(image, draw, colour)
    light = c.light_of(image)
    c.water(light, random, 0.74, tint="#15182a", depth=0.62, chop=0.55)
    image = c.photo(light)
    draw = ImageDraw.Draw(image)
    for rail in (-1, 1):
        draw.polygon(
            [(800 + rail * 105, 668), (800 + rail * 330, 905), (800 + rail * 312, 905)], fill="#c99c8c"
        )
    lamps = c.dark()
    for x, y, size, strength in ((0.456, 0.66, 0.05, 0.8), (0.544, 0.66, 0.05, 0.8), (0.5, 0.42, 0.1, 0.3)):
        c.glow(lamps, x, y, size, "#ffdf9e", strength)
        c.glow(lamps, x, y + 0.19, size * 0.5, "#ffca80", strength * 0.35)
    return c.finished(c.shine(image, lamps))


def _car(image: Image.Image, draw: ImageDraw.ImageDraw, colour: str) -> None:
    """Draw the tram's front."""
    c.box(image, 655, 300, 945, 660, c.mix(colour, "#ffffff", 0.08), c.mix(colour, "#000000", 0.35))
    draw.polygon([(655, 300), (690, 268), (910, 268), (945, 300)], fill=c.mix(colour, "#000000", 0.4))
    c.box(image, 672, 352, 928, 510, "#ffe3a6", "#e4a860")
    for post in (752, 842):
        draw.rectangle([post, 352, post + 8, 510], fill=c.mix(colour, "#000000", 0.5))
    for head, tall in ((716, 56), (800, 74), (886, 50)):
        draw.ellipse([head - 14, 510 - tall - 24, head + 14, 510 - tall + 8], fill="#5b3a31")
        draw.pieslice([head - 32, 510 - tall + 6, head + 32, 600 - tall + 6], 180, 360, fill="#4a2f2b")
    c.box(image, 655, 506, 945, 528, "#f2e7d2")
    draw.rectangle([712, 306, 888, 342], fill="#16181f")
    for row in range(4):
        for dot in range(9):
            if (row * 5 + dot * 3) % 4:
                draw.rectangle([735 + dot * 8, 312 + row * 7, 739 + dot * 8, 316 + row * 7], fill="#ffb13b")
    for lamp in (730, 870):
        draw.ellipse([lamp - 17, 577, lamp + 17, 611], fill="#fff6dc")
    draw.rectangle([672, 640, 928, 672], fill="#14151d")
    draw.line([(800, 268), (768, 214), (838, 178)], fill="#14172a", width=5)


def assembly(random: c.Random) -> Image.Image:
    """A domed building at dusk, its columns lit from below."""
    light = c.gradient(
        (0, "#16224a"), (0.45, "#3f5590"), (0.75, "#c991a0"), (0.88, "#f4c49c"), (1, "#1c2236")
    )
    c.clouds(
        light, random, "#e2a8ae", c.Veil(cover=0.42, soft=0.5, bottom=0.8, rows=9, columns=2, strength=0.5)
    )
    image = c.photo(light)
    draw, stone, shade = ImageDraw.Draw(image), "#c9b395", "#4d4a66"
    for side in (-1, 1):
        c.box(image, 800 + side * 420 - 260, 430, 800 + side * 420 + 260, 720, "#8d7f86", "#c8a878")
        for window in range(7):
            x = 800 + side * 420 - 220 + window * 70
            c.box(
                image,
                x,
                490,
                x + 30,
                570,
                "#ffdf9a" if random.random() < 0.6 else "#3c4262",
                "#f7b75f" if random.random() < 0.6 else "#3c4262",
            )
            c.box(image, x, 610, x + 30, 690, "#ffe3a4", "#f2b25d")
    draw.polygon([(520, 400), (800, 312), (1080, 400)], fill="#8f8088")
    draw.polygon([(570, 393), (800, 322), (1030, 393)], fill="#6d6478")
    c.box(image, 525, 400, 1075, 436, "#b7a390", "#98877f")
    c.box(image, 540, 436, 1060, 720, "#3f3b52", "#ffce85")
    for column in range(8):
        foot = 552 + column * 66.5
        c.box(image, foot, 436, foot + 32, 712, c.mix(stone, shade, 0.6), "#fff0cc")
        c.box(image, foot + 20, 436, foot + 32, 712, c.mix(stone, shade, 0.85), c.mix("#fff0cc", shade, 0.35))
    for step in range(5):
        c.box(
            image,
            505 - step * 26,
            712 + step * 11,
            1095 + step * 26,
            726 + step * 11,
            c.mix("#f3d9aa", "#5c5568", step / 6),
        )
    c.box(image, 668, 258, 932, 330, "#7a708a", "#a8958c")
    for slot in range(11):
        c.box(image, 682 + slot * 22, 270, 692 + slot * 22, 320, "#ffd990", "#e9a65c")
    draw.pieslice([660, 118, 940, 400], 180, 360, fill="#4b5b74")
    for rib in np.linspace(-0.9, 0.9, 9):
        draw.arc(
            [800 - 140 * abs(rib), 118, 800 + 140 * abs(rib), 400],
            180 if rib < 0 else 270,
            270 if rib < 0 else 360,
            fill="#8494a5",
            width=2,
        )
    c.box(image, 782, 78, 818, 124, "#8d8796", "#ffd38a")
    draw.line([(800, 78), (800, 22)], fill="#2b3350", width=4)
    draw.polygon([(802, 24), (850, 34), (802, 48)], fill="#b3413c")
    light = c.light_of(image)
    c.water(light, random, 0.85, tint="#1b2138", depth=0.55, chop=0.4)
    lamps = c.dark()
    c.glow(lamps, 0.5, 0.74, 0.16, "#ffc877", 0.32, stretch=1.8)
    return c.finished(c.shine(c.photo(light), lamps))


def containers(random: c.Random) -> Image.Image:
    """Stacked containers beneath a gantry crane."""
    light = c.gradient((0, "#7aa7c7"), (0.5, "#d9dfd6"), (0.75, "#f4dfbf"), (1, "#8d8f8c"))
    c.clouds(
        light, random, "#ffffff", c.Veil(cover=0.44, soft=0.4, bottom=0.6, rows=6, columns=3, strength=0.7)
    )
    image = c.photo(light)
    draw, steel = ImageDraw.Draw(image), "#2f4257"
    for leg in (250, 1290):
        draw.polygon([(leg, 900), (leg + 40, 120), (leg + 76, 120), (leg + 60, 900)], fill=steel)
    draw.rectangle([-20, 96, 1620, 146], fill=steel)
    for truss in range(-20, 1620, 70):
        draw.line([(truss, 96), (truss + 35, 52), (truss + 70, 96)], fill=steel, width=5)
    draw.line([(-20, 52), (1620, 52)], fill=steel, width=7)
    colours = ("#b8432f", "#2f6690", "#d79a35", "#4c7f6b", "#a7adb0", "#7c3038", "#1f4a63", "#d8c9a8")
    x = -70.0
    while x < c.WIDTH:
        for level in range(2 + int(random.integers(4))):
            _container(image, x, 900 - (level + 1) * 112, 268, 112, colours[random.integers(len(colours))])
        x += 270
    hang = 660 + random.random() * 200
    for rope in (20, 248):
        draw.line([(hang + rope * 0.7 + 40, 146), (hang + rope, 222)], fill="#1c2733", width=3)
    draw.rectangle([hang + 60, 140, hang + 210, 172], fill="#d79a35")
    _container(image, hang, 222, 268, 112, colours[random.integers(len(colours))])
    sun = c.dark()
    c.glow(sun, 0.95, 0.25, 0.35, "#ffd7a0", 0.3)
    return c.finished(c.shine(image, sun))


def _container(image: Image.Image, x: float, y: float, width: float, height: float, colour: str) -> None:
    c.box(
        image,
        x + 1,
        y + 1,
        x + width - 1,
        y + height - 1,
        c.mix(colour, "#ffffff", 0.1),
        c.mix(colour, "#000000", 0.28),
    )
    draw = ImageDraw.Draw(image)
    for rib in range(12, int(width) - 8, 11):
        draw.line([(x + rib, y + 9), (x + rib, y + height - 9)], fill=c.mix(colour, "#000000", 0.3), width=3)
        draw.line(
            [(x + rib + 4, y + 9), (x + rib + 4, y + height - 9)],
            fill=c.mix(colour, "#ffffff", 0.16),
            width=1,
        )
    draw.rectangle(
        [x + 1, y + 1, x + width - 2, y + height - 2], outline=c.mix(colour, "#000000", 0.45), width=4
    )


def facade(random: c.Random) -> Image.Image:
    """Evening sky in the glass grid of a tower, seen from below."""
    sky = c.gradient((0, "#27406b"), (0.5, "#7aa0c0"), (0.8, "#f0c7a0"), (1, "#f2a878"))
    c.clouds(sky, random, "#fff0dc", c.Veil(cover=0.5, soft=0.4, rows=6, columns=3, strength=0.8))
    image = c.photo(sky)
    draw = ImageDraw.Draw(image)
    glass = c.photo(np.ascontiguousarray(sky[:, ::-1]))
    for left, foot, peak, tint in ((980.0, 1700.0, 1120.0, "#324a63"), (90.0, 880.0, 640.0, "#1d3048")):
        outline = [(left, 905.0), (foot, 905.0), (peak + 60, -10.0), (peak - 150, -10.0)]
        mask = Image.new("L", image.size)
        ImageDraw.Draw(mask).polygon(outline, fill=255)
        image.paste(Image.blend(glass, Image.new("RGB", image.size, tint), 0.45), (0, 0), mask)
        for y in [905 - 905 * (1 - 0.955**n) / (1 - 0.955**34) for n in range(35)]:
            share = (905 - y) / 915
            x0, x1 = left + (peak - 150 - left) * share, foot + (peak + 60 - foot) * share
            for pane in range(12):
                if random.random() < 0.16:
                    px = x0 + (x1 - x0) * pane / 12
                    draw.rectangle(
                        [px, y - 30 * (1 - share) - 7, px + (x1 - x0) / 12, y],
                        fill=c.mix(
                            tint,
                            "#ffdf9c" if random.random() < 0.35 else "#cfe0ea",
                            0.3 + random.random() * 0.45,
                        ),
                    )
            draw.line(
                [(x0, y), (x1, y)], fill=c.mix(tint, "#0a121d", 0.55), width=max(2, int(6 * (1 - share)))
            )
        for line in range(13):
            x0, x1 = left + (foot - left) * line / 12, peak - 150 + 210 * line / 12
            draw.line([(x0, 905), (x1, -10)], fill=c.mix(tint, "#0a121d", 0.5), width=4)
    return c.finished(image)


def solar(random: c.Random) -> Image.Image:
    """Rows of steep roofs with solar slates in a low sun."""
    light = c.gradient((0, "#5f9ccb"), (0.35, "#bcd6dc"), (0.55, "#fbe3b8"), (1, "#fbe3b8"))
    c.clouds(
        light, random, "#ffffff", c.Veil(cover=0.4, soft=0.4, bottom=0.5, rows=6, columns=3, strength=0.7)
    )
    c.glow(light, 0.8, 0.3, 0.08, "#fff0c4", 0.35)
    image = c.photo(light)
    c.fill(image, c.ridge(random, 0.5, 0.1, peaks=3), "#9bb0b6", "#c4c9bb")
    for near in (0.0, 0.35, 0.7, 1.0):
        size = 150 + 330 * near**1.3
        x = -random.random() * size
        while x < c.WIDTH:
            _solar_roof(image, x, (0.5 + 0.3 * near) * c.HEIGHT, size, near, random)
            x += size * 1.3
        c.haze(image, random, 0.55 + 0.2 * near, 0.1, "#fbe6c2", 0.3 * (1 - near))
    sun = c.dark()
    c.glow(sun, 0.84, 0.34, 0.3, "#ffdf9e", 0.3)
    return c.finished(c.shine(image, sun))


def _solar_roof(image: Image.Image, x: float, y: float, size: float, near: float, random: c.Random) -> None:
    wall = c.mix(("#d8b48f", "#c98f6b", "#e2cdb0")[random.integers(3)], "#f0dcc0", 0.5 * (1 - near))
    y += random.normal(0, 12)
    peak, eave = y - size * 0.32, y + size * 0.18
    c.fill(
        image,
        [
            (x + size * 0.9, eave),
            (x + size * 1.07, peak),
            (x + size * 1.25, eave),
            (x + size * 1.25, 910),
            (x + size * 0.9, 910),
        ],
        c.mix(wall, "#8a5a3a", 0.2),
        c.mix(wall, "#3b2d2a", 0.4),
    )
    c.box(image, x + size * 0.05, eave, x + size * 0.92, 910, wall, c.mix(wall, "#5b4038", 0.5))
    corners = ((x + size * 0.14, peak), (x + size * 1.07, peak), (x + size * 0.92, eave), (x, eave))
    c.fill(image, corners, c.mix("#a9c3d6", "#5d86ab", near), c.mix("#5f7f9b", "#14253d", near))
    draw = ImageDraw.Draw(image)
    (ax, ay), (bx, by), (dx, dy), (ex, ey) = corners
    line = c.mix("#c9d7de", "#9db7cc", near)
    for step in np.linspace(0, 1, 9):
        draw.line(
            [(ax + (bx - ax) * step, ay), (ex + (dx - ex) * step, ey)], fill=line, width=1 + int(2 * near)
        )
    for step in np.linspace(0, 1, 5):
        draw.line(
            [(ax + (ex - ax) * step, ay + (ey - ay) * step), (bx + (dx - bx) * step, by + (dy - by) * step)],
            fill=line,
            width=1 + int(2 * near),
        )
    for cell in range(4):
        s, t = random.integers(8) / 8, random.integers(4) / 4
        px, py = ax + (bx - ax) * s + (ex - ax) * t, ay + (ey - ay) * t
        draw.polygon(
            [
                (px, py),
                (px + (bx - ax) / 8, py),
                (px + (bx - ax) / 8 - size * 0.035, py + (ey - ay) / 4),
                (px - size * 0.035, py + (ey - ay) / 4),
            ],
            fill=c.mix("#dfe9ee", "#8fb6d8" if cell else "#ffe7b8", near),
        )
