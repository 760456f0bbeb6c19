"""The drawn pictures: real JPEG files, the same for the same article, and none like another."""

import io

import numpy as np
import pytest
from PIL import Image

from digest.demo.pictures import SCENES, picture


@pytest.mark.parametrize("scene", sorted(SCENES))
def test_a_scene_is_a_picture_with_light_and_dark(scene: str) -> None:
    file = picture(scene, "any-article")
    with Image.open(io.BytesIO(file)) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (1600, 900), "RGB")
        light = np.asarray(image.convert("L").reduce(20))
    assert light.std() > 8, "a picture, not a plain colour"
    assert 15 < light.mean() < 225
    assert len(file) < 400_000


def test_an_article_always_gets_the_same_picture_and_another_one_another() -> None:
    first = picture("harbour", "a")
    picture.cache_clear()
    assert picture("harbour", "a") == first
    assert picture("harbour", "b") != first


def test_an_unknown_scene_is_refused() -> None:
    with pytest.raises(KeyError):
        picture("volcano", "a")
