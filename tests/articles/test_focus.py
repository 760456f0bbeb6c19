"""Where pictures are cut: heads stay on, and what shows nothing is cut at the upper third."""

import random

import pytest
from PIL import Image, ImageDraw

from digest.articles.focus import UPPER, centering

TONES = ((224, 172, 140), (141, 85, 54), (255, 219, 190), (90, 56, 37))


def person(
    size: tuple[int, int], at: tuple[float, float], tone: tuple[int, int, int], seed: int
) -> Image.Image:
    """Return a figure in patterned clothes before a plain wall; *at* is the middle of its head, in shares."""
    chance = random.Random(seed)
    width, height = size
    picture = Image.new("RGB", size, (120, 160, 200))
    draw = ImageDraw.Draw(picture)
    x, y, r = at[0] * width, at[1] * height, 0.1 * min(size)
    draw.rectangle((x - 1.6 * r, y + r, x + 1.6 * r, height), fill=(40, 50, 90))
    for _ in range(80):
        left, top = chance.uniform(x - 1.5 * r, x + 1.3 * r), chance.uniform(y + 1.3 * r, height)
        draw.rectangle((left, top, left + r / 6, top + r / 6), fill=(chance.randrange(256),) * 3)
    draw.ellipse((x - r, y - 1.3 * r, x + r, y + 1.3 * r), fill=(40, 28, 20))
    draw.ellipse((x - 0.8 * r, y - 0.8 * r, x + 0.8 * r, y + 1.2 * r), fill=tone)
    for eye in (-0.4, 0.4):
        draw.ellipse((x + (eye - 0.1) * r, y - 0.1 * r, x + (eye + 0.1) * r, y + 0.1 * r), fill="white")
    return picture


def whole_head(
    size: tuple[int, int], at: tuple[float, float], ratio: float, place: tuple[float, float]
) -> bool:
    width, height = size
    r = 0.1 * min(size)
    across = width / height > ratio
    shown = (height * ratio, height) if across else (width, width / ratio)
    left, top = (width - shown[0]) * place[0], (height - shown[1]) * place[1]
    x, y = at[0] * width, at[1] * height
    beside = left <= x - 0.8 * r and x + 0.8 * r <= left + shown[0]
    return beside and top <= y - 1.2 * r and y + 1.2 * r <= top + shown[1]


@pytest.mark.parametrize("tone", TONES)
def test_heads_stay_on(tone: tuple[int, int, int]) -> None:
    for seed, share in enumerate((0.15, 0.3, 0.5, 0.7, 0.85)):
        for size, at, ratio in (((800, 450), (share, 0.4), 1.0), ((400, 600), (0.5, share), 16 / 9)):
            place = centering(person(size, at, tone, seed), ratio)
            assert whole_head(size, at, ratio, place), (size, at, place)


def test_a_picture_that_shows_nothing_is_cut_at_the_upper_third() -> None:
    for size in ((400, 900), (900, 400), (64, 64), (2000, 70)):
        assert centering(Image.new("RGB", size, "grey"), 1.0) == (0.5, UPPER)


def test_a_picture_of_the_right_shape_is_not_looked_at() -> None:
    assert centering(Image.effect_noise((1280, 720), 80).convert("RGB"), 16 / 9) == (0.5, UPPER)
