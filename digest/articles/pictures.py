"""A publisher's picture becomes our two crops: checked, turned upright, cut, and small enough for a mail.

Run it in a worker process (`apart`): decoders are the classic way in for a hostile file.
"""

import io
import warnings
from dataclasses import dataclass, field

from PIL import Image, ImageOps, UnidentifiedImageError

from digest.errors import PictureError

WIDE = (1280, 720)
SQUARE = (256, 256)
SMALLEST = 200  # pixels across, for the wide crop
MOST_BYTES = 60_000
MOST_PIXELS = 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_QUALITIES = (84, 78, 72, 66, 60, 54, 48)
_UPPER = 0.35  # of what is cut off a tall picture, this part goes from the top: faces are up there


@dataclass(frozen=True, slots=True)
class Crops:
    """JPEG files: *wide* is 16:9 and at most 1280x720, *square* at most 256x256; neither is ever enlarged.

    *wide* is empty when the picture is too small to lead.
    """

    wide: bytes = field(repr=False)
    square: bytes = field(repr=False)


def crops(content: bytes) -> Crops:
    """Return both crops of the picture in *content*; raise PictureError when it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            picture = _decoded(content)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise PictureError(f"has more than {MOST_PIXELS:,} pixels") from None
        except UnidentifiedImageError:
            raise PictureError("is no JPEG, PNG, WebP, GIF or AVIF") from None
        except (OSError, ValueError, SyntaxError, EOFError, MemoryError) as problem:
            raise PictureError(f"is damaged: {problem}") from None
    if min(picture.size) < 64:
        raise PictureError(f"is only {picture.width}x{picture.height} pixels")
    wide = b"" if picture.width < SMALLEST else _jpeg(picture, WIDE)
    return Crops(wide, _jpeg(picture, SQUARE))


def _decoded(content: bytes) -> Image.Image:
    """Return the picture upright, in RGB, what is transparent on white."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    found: Image.Image = Image.open(io.BytesIO(content), formats=_FORMATS)
    if found.width * found.height > MOST_PIXELS:
        raise Image.DecompressionBombError
    if found.format == "JPEG":
        found.draft("RGB", (WIDE[0] * 2, WIDE[1] * 2))  # decodes a huge photo at a fraction of its size
    found.load()
    found = ImageOps.exif_transpose(found)
    if found.mode in {"RGBA", "LA", "PA"} or "transparency" in found.info:
        layer = found.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        ground.alpha_composite(layer)
        found = ground
    return found.convert("RGB")


def _jpeg(picture: Image.Image, target: tuple[int, int]) -> bytes:
    """Return *picture* filled into *target*'s ratio as a progressive JPEG under MOST_BYTES.

    Quality is stepped down first; below what can be looked at the size goes down instead.
    """
    width, height = _fitting(picture.size, target)
    while True:
        cut = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS, centering=(0.5, _UPPER))
        for quality in _QUALITIES:
            out = io.BytesIO()
            cut.save(out, "JPEG", quality=quality, progressive=True, optimize=True)
            if out.tell() <= MOST_BYTES:
                return out.getvalue()
        width, height = max(width * 4 // 5, 1), max(height * 4 // 5, 1)


def _fitting(size: tuple[int, int], target: tuple[int, int]) -> tuple[int, int]:
    """Return the largest size of *target*'s ratio that needs no enlarging."""
    scale = min(1.0, size[0] / target[0], size[1] / target[1])
    return max(1, round(target[0] * scale)), max(1, round(target[1] * scale))
