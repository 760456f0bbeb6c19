"""What the scenes are painted with: light, noise, ridges, water, haze, and the grain at the end.

A *light* is a float array of half the picture's size (rows, columns, RGB in 0..1): skies, glows and water are
made there, where they are cheap. `photo` turns it into an image of full size, on which silhouettes are drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1600, 900
COLUMNS, ROWS = WIDTH // 2, HEIGHT // 2

Array = NDArray[np.float32]
Random = np.random.Generator
Point = tuple[float, float]

X = np.linspace(0, 1, COLUMNS, dtype=np.float32)[None, :]
Y = np.linspace(0, 1, ROWS, dtype=np.float32)[:, None]


def rgb(colour: str) -> Array:
    """Return *colour* ("#rrggbb") as three floats in 0..1."""
    return (np.array(ImageColor.getrgb(colour)[:3], dtype=np.float32) / 255).astype(np.float32)


def mix(one: str, other: str, share: float) -> str:
    """Return the colour that is *share* of the way from *one* to *other*."""
    red, green, blue = ((rgb(one) * (1 - share) + rgb(other) * share) * 255).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"


# ---------------------------------------------------------------------------- light


def gradient(*stops: tuple[float, str]) -> Array:
    """Return a light that runs from top (0) to bottom (1) through *stops*."""
    places = [place for place, _ in stops]
    colours = np.stack([rgb(colour) for _, colour in stops])
    column = np.stack([np.interp(Y[:, 0], places, colours[:, i]) for i in range(3)], axis=-1)
    return np.repeat(column[:, None, :].astype(np.float32), COLUMNS, axis=1)


def noise(
    random: Random, rows: int, columns: int, *, octaves: int = 4, base: tuple[int, int] = (3, 4), cubic: int = 2
) -> Array:  # fmt: skip
    """Return smooth fractal noise in 0..1; *base* is the coarsest grid (rows, columns).

    The first *cubic* octaves are smooth in their slope, too: more of them where light falls on it.
    """
    total = np.zeros((rows, columns), np.float32)
    for octave in range(octaves):
        grid = random.random((base[0] * 2**octave + 1, base[1] * 2**octave + 1), dtype=np.float32)
        smooth = Image.Resampling.BICUBIC if octave < cubic else Image.Resampling.BILINEAR
        layer = Image.fromarray(grid).resize((columns, rows), smooth)
        total += np.asarray(layer) * 0.5**octave
    low, high = float(total.min()), float(total.max())
    return np.asarray((total - low) / (high - low), dtype=np.float32)


def blend(light: Array, colour: str, mask: ArrayLike) -> None:
    """Lay *colour* over *light* where *mask* (0..1, broadcastable to rows x columns) says so."""
    light += (rgb(colour) - light) * np.clip(np.broadcast_to(mask, light.shape[:2]), 0, 1)[..., None]


def glow(
    light: Array,
    x: float,
    y: float,
    radius: float,
    colour: str,
    strength: float = 1.0,
    *,
    stretch: float = 1.0,
) -> None:
    """Add a soft light at (*x*, *y*), all in shares of the width; *stretch* widens it."""
    across = np.exp(-(((X - x) / stretch / radius) ** 2))
    along = np.exp(-(((Y - y) * ROWS / COLUMNS / radius) ** 2)) * strength
    light += (along * across)[..., None] * rgb(colour)


def near(x: float, y: float, radius: float) -> tuple[tuple[slice, slice], Array]:
    """Return the part of a light within *radius* of a point, and each place's distance from it."""
    left, right = (int(np.clip(x + side * radius, 0, 1) * COLUMNS) for side in (-1, 1))
    tall = radius * COLUMNS / ROWS
    top, bottom = (int(np.clip(y + side * tall, 0, 1) * ROWS) for side in (-1, 1))
    across, along = X[:, left:right] - x, (Y[top:bottom] - y) * ROWS / COLUMNS
    return (slice(top, bottom), slice(left, right)), np.sqrt(across**2 + along**2)


def speck(light: Array, x: float, y: float, radius: float, colour: str, strength: float) -> None:
    """Add a small glow, touching only the part of *light* that it reaches."""
    part, distance = near(x, y, radius * 3)
    light[part] += np.exp(-((distance / radius) ** 2))[..., None] * rgb(colour) * strength


def disc(light: Array, x: float, y: float, radius: float, colour: str) -> None:
    """Lay a disc with a soft rim: a sun, a moon, a lamp far out of focus."""
    distance = np.sqrt((X - x) ** 2 + ((Y - y) * ROWS / COLUMNS) ** 2)
    blend(light, colour, (radius - distance) * COLUMNS / 2 + 0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """Clouds between *top* and *bottom*; more *rows* than *columns* makes them long and flat."""

    cover: float = 0.5
    soft: float = 0.25
    top: float = 0.0
    bottom: float = 1.0
    rows: int = 6
    columns: int = 3
    strength: float = 0.8


def clouds(light: Array, random: Random, colour: str, veil: Veil) -> None:
    """Lay the clouds of *veil* over *light*."""
    thick = noise(random, ROWS, COLUMNS, octaves=5, base=(veil.rows, veil.columns)) - (1 - veil.cover)
    fade = np.clip((Y - veil.top) / 0.12, 0, 1) * np.clip((veil.bottom - Y) / 0.15, 0, 1)
    blend(light, colour, np.clip(thick / veil.soft, 0, 1) * fade * veil.strength)


def floor(random: Random, horizon: float, *, across: float = 60, along: float = 9, octaves: int = 4) -> Array:
    """Return noise (0..1) on a plane seen in perspective: rows from *horizon* (share of the height) down."""
    tile = noise(random, 512, 512, octaves=octaves, base=(8, 8))
    tile = np.concatenate([tile, tile[::-1]], 0)
    tile = np.concatenate([tile, tile[:, ::-1]], 1)
    count = ROWS - int(horizon * ROWS)
    depth = 1 / np.linspace(0.02, 1, count, dtype=np.float32)[:, None]
    u = ((X - 0.5) * depth * across * 6).astype(int) % 1024
    v = np.broadcast_to((depth * along * 40).astype(int) % 1024, u.shape)
    return np.asarray(tile[v, u], dtype=np.float32)


def water(
    light: Array, random: Random, horizon: float, *, tint: str, depth: float = 0.5, chop: float = 1.0
) -> None:
    """Turn everything under *horizon* into water that mirrors what stands above it."""
    row = int(horizon * ROWS)
    count = ROWS - row
    swell = floor(random, horizon, across=26 / chop, along=7, octaves=3) - 0.5
    near = np.linspace(0.03, 1, count, dtype=np.float32)[:, None]
    lines = row - 1 - np.arange(count)[:, None] * min(1.0, (row - 1) / count) - swell * near * 90 * chop
    columns = np.clip(np.arange(COLUMNS)[None, :] + swell * near * 26 * chop, 0, COLUMNS - 1).astype(int)
    mirror = light[np.clip(lines, 0, row - 1).astype(int), columns]
    shade = (depth * (0.35 + 0.65 * near) + swell * 0.35 * near)[..., None]
    light[row:] = mirror + (rgb(tint) - mirror) * np.clip(shade, 0, 0.95)


def photo(light: ArrayLike) -> Image.Image:
    """Return *light* as an image of full size."""
    small = Image.fromarray((np.clip(light, 0, 1) * 255).astype(np.uint8))
    return small.resize((WIDTH, HEIGHT), Image.Resampling.BILINEAR)


def light_of(image: Image.Image) -> Array:
    """Return *image* as a light again, so that water may mirror its silhouettes."""
    return np.asarray(image.reduce(2), dtype=np.float32) / np.float32(255)


# ---------------------------------------------------------------------------- silhouettes


def ridge(
    random: Random, y: float, height: float, *, peaks: int = 4, rough: float = 0.5, octaves: int = 6
) -> list[Point]:
    """Return the outline of hills, *y* and *height* in shares of the picture's height, closed at the foot."""
    places = np.linspace(0, 1, WIDTH // 4 + 1)
    line = np.zeros_like(places)
    for octave in range(octaves):
        knots = random.random(peaks * 2**octave + 2)
        line += np.interp(places, np.linspace(0, 1, len(knots)), knots) * rough**octave
    line = (line - line.min()) / max(float(line.max() - line.min()), 1e-6)
    outline = [
        (float(x) * WIDTH, (y - float(h) * height) * HEIGHT) for x, h in zip(places, line, strict=True)
    ]
    return [*outline, (WIDTH, HEIGHT), (0, HEIGHT)]


def fill(image: Image.Image, points: Sequence[Point], top: str, bottom: str = "") -> None:
    """Fill a polygon with one colour, or with a gradient from its highest point to its lowest."""
    if not bottom:
        ImageDraw.Draw(image).polygon(points, fill=top)
        return
    first, last = (int(f(y for _, y in points)) for f in (min, max))
    left, right = (int(f(x for x, _ in points)) for f in (min, max))
    first, last, left, right = max(first, 0), min(last, HEIGHT), max(left, 0), min(right, WIDTH)
    if last <= first or right <= left:
        return
    mask = Image.new("L", (right - left, last - first))
    ImageDraw.Draw(mask).polygon([(x - left, y - first) for x, y in points], fill=255)
    image.paste(ramp(top, bottom, mask.size), (left, first), mask)


def ramp(top: str, bottom: str, size: tuple[int, int]) -> Image.Image:
    """Return a picture of *size* that runs from *top* down to *bottom*."""
    share = np.linspace(0, 1, max(size[1], 2), dtype=np.float32)[:, None, None]
    column = rgb(top) * (1 - share) + rgb(bottom) * share
    return Image.fromarray((column * 255).astype(np.uint8)).resize(size, Image.Resampling.NEAREST)


def box(
    image: Image.Image, left: float, top: float, right: float, bottom: float, colour: str, foot: str = ""
) -> None:
    """Fill an upright rectangle, in pixels."""
    fill(image, [(left, top), (right, top), (right, bottom), (left, bottom)], colour, foot)


def haze(image: Image.Image, random: Random, y: float, spread: float, colour: str, strength: float) -> None:
    """Lay uneven mist around the height *y* (shares of the height)."""
    veil = noise(random, ROWS // 4, COLUMNS // 4, octaves=3, base=(4, 3))
    band = np.exp(-(((np.linspace(0, 1, ROWS // 4, dtype=np.float32)[:, None] - y) / spread) ** 2))
    mask = Image.fromarray((np.clip(veil * 0.7 + 0.3, 0, 1) * band * strength * 255).astype(np.uint8))
    image.paste(colour, (0, 0, WIDTH, HEIGHT), mask.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC))


def texture(image: Image.Image, points: Sequence[Point], grain: Array, low: str, high: str) -> None:
    """Fill a polygon with *grain* (noise, 0..1) coloured from *low* to *high*."""
    mask = Image.new("L", (WIDTH, HEIGHT))
    ImageDraw.Draw(mask).polygon(points, fill=255)
    coloured = rgb(low) + (rgb(high) - rgb(low)) * grain[..., None]
    image.paste(photo(coloured), (0, 0), mask)


def shine(image: Image.Image, light: Array) -> Image.Image:
    """Return *image* with *light* added as lamps add: by screening."""
    return ImageChops.screen(image, photo(light))


def dark() -> Array:
    """Return a light with nothing in it, to put glows on."""
    return np.zeros((ROWS, COLUMNS, 3), np.float32)


# ---------------------------------------------------------------------------- the end


@cache
def _vignette() -> Image.Image:
    far = ((X - 0.5) ** 2 * 1.1 + (Y - 0.48) ** 2) * 0.5
    level = np.clip(1.0 - far**1.2, 0, 1)
    grey = Image.fromarray((level * 255).astype(np.uint8)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    return Image.merge("RGB", (grey, grey, grey))


@cache
def _grain() -> Image.Image:
    random = np.random.default_rng(1871)
    grey = Image.fromarray(np.clip(random.normal(128, 5.5, (HEIGHT, WIDTH)), 0, 255).astype(np.uint8))
    grey = grey.filter(ImageFilter.BoxBlur(0.5))
    return Image.merge("RGB", (grey, grey, grey))


def finished(image: Image.Image, *, soften: float = 0.0) -> Image.Image:
    """Return *image* as a camera would give it: a little soft, darker in the corners, with grain."""
    if soften:
        soft = image.filter(ImageFilter.BoxBlur(soften))
    else:  # half a pixel, at a fifth of the price
        soft = Image.blend(image, ImageChops.offset(image, 1, 1), 0.5)
    return ImageChops.add(ImageChops.multiply(soft, _vignette()), _grain(), offset=-128)
