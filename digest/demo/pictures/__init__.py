"""Pictures for the sample newsroom, drawn on the spot: the same article always gets the same picture.

Every public function of the scene modules that takes a random generator and returns an image is a scene;
an article names its scene, and its slug decides the light, the weather and where things stand.
"""

import io
from collections.abc import Callable
from functools import cache
from hashlib import sha256

import numpy as np
from PIL import Image

from digest.demo.pictures import coast, crowds, land, rooms, sea, town

SCENES: dict[str, Callable[[np.random.Generator], Image.Image]] = {
    scene.__name__: scene
    for scene in (
        *(sea.harbour, sea.storm, sea.wind, sea.ferry, sea.kelp, coast.cliffs, coast.bridge),
        *(land.mountains, land.dunes, land.road, land.rails, land.fields, land.stars),
        *(town.skyline, town.smoke, town.tram, town.assembly, town.containers, town.facade, town.solar),
        *(crowds.stadium, crowds.market, crowds.rain, crowds.lanterns),
        *(rooms.library, rooms.gallery, rooms.hall, rooms.stage, rooms.concert),
    )
}


@cache
def picture(scene: str, slug: str) -> bytes:
    """Return the JPEG (1600 x 900) of *scene* for the article *slug*; raise KeyError for an unknown scene."""
    seed = int.from_bytes(sha256(slug.encode()).digest()[:8], "big")
    image = SCENES[scene](np.random.default_rng(seed))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=84)
    return file.getvalue()
