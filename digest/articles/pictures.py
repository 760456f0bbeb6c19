"""A publisher's picture becomes our two crops: checked, turned upright, cut, and small enough for a mail.

Run it in a worker process (`apart`): decoders are the classic way in for a hostile file.
"""

import io
import warnings
from dataclasses import dataclass, field

from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from digest.articles import focus
from digest.errors import PictureError

WIDE = (1280, 720)
SQUARE = (256, 256)
SMALLEST = 200  # pixels across, for the wide crop
MOST_BYTES = 60_000
MOST_PIXELS = 24_000_000
MOST_DRAFTED = 60_000_000  # of a baseline JPEG, which is decoded at a fraction of its size
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
_QUALITIES = (84, 78, 72, 66, 60, 54, 48)


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
        except MemoryError:
            raise PictureError("takes more memory to decode than a picture may have") from None
        except UnidentifiedImageError:
            raise PictureError("is no JPEG, PNG, WebP, GIF or AVIF") from None
        except (OSError, ValueError, SyntaxError, EOFError) as problem:
            raise PictureError(f"is damaged: {problem}") from None
    if min(picture.size) < 64:
        raise PictureError(f"is only {picture.width}x{picture.height} pixels")
    # Judged as it will be seen: of 2000x70 pixels a crop to 16:9 keeps 124x70, and a mail would blow that up.
    leads = _fitting(picture.size, WIDE)[0] >= SMALLEST
    return Crops(_jpeg(picture, WIDE) if leads else b"", _jpeg(picture, SQUARE))


def _decoded(content: bytes) -> Image.Image:
    """Return the picture upright, in RGB, what is transparent on white."""
    _small_enough(*_webp_size(content), MOST_PIXELS)
    Image.MAX_IMAGE_PIXELS = MOST_DRAFTED
    found: Image.Image = Image.open(io.BytesIO(content), formats=_FORMATS)
    # A progressive JPEG holds all its coefficients, whatever size is asked for: it is no smaller when drafted.
    drafted = found.format == "JPEG" and not found.info.get("progressive")
    _small_enough(*found.size, MOST_DRAFTED if drafted else MOST_PIXELS)
    if found.format == "JPEG":
        found.draft("RGB", (WIDE[0] * 2, WIDE[1] * 2))
        _small_enough(*found.size, MOST_PIXELS)
    _load(found)
    found = _in_srgb(_in_eight_bits(ImageOps.exif_transpose(found)))
    if found.mode in {"RGBA", "LA", "PA"} or "transparency" in found.info:
        layer = found.convert("RGBA")
        ground = Image.new("RGBA", layer.size, _ground(layer))
        ground.alpha_composite(layer)
        found = ground
    return found.convert("RGB")


def _load(picture: Image.Image) -> None:
    """Decode *picture*; a JPEG whose end was cut off counts where it shows at least half of itself."""
    if picture.format != "JPEG":
        picture.load()
        return
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        picture.load()
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False
    small = picture.convert("L").resize((16, 64), Image.Resampling.BOX)
    rows = [small.crop((0, at, 16, at + 1)).tobytes() for at in range(64)]
    if (
        len(set(rows[32:])) == 1
        and len(set(rows[32])) == 1
        and len(set(rows)) > 1
        and rows[63][0] in range(120, 137)
    ):
        raise OSError("more than half of it is missing")
    if len(set(rows)) == 1 and len(set(rows[0])) == 1 and rows[0][0] == 128:
        raise OSError("nothing of it is there")


def _in_eight_bits(picture: Image.Image) -> Image.Image:
    """Return *picture* with 8 bits a channel: Pillow would clip greys of 16 bits to white instead of scaling them."""
    if not picture.mode.startswith(("I", "F")):
        return picture
    _, high = picture.convert("F").getextrema()
    most = 65535.0 if isinstance(high, (int, float)) and high > 255 else 255.0
    return picture.convert("F").point(lambda value: value * (255.0 / most)).convert("L")


def _in_srgb(picture: Image.Image) -> Image.Image:
    """Return *picture* in the colours of screens; a profile that cannot be read, or does not fit, is set aside."""
    profile = picture.info.get("icc_profile")
    if not profile or picture.mode not in {"RGB", "RGBA", "L", "CMYK"}:
        return picture
    mode = "RGBA" if picture.mode == "RGBA" else "RGB"
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(picture, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture
    return made if made is not None else picture


def _ground(layer: Image.Image) -> str:
    """Return the colour behind a transparent picture: white, but grey for a logo that is white itself."""
    small = layer.resize((64, 64))
    seen = small.convert("L").histogram(small.getchannel("A").point(lambda value: 255 if value > 128 else 0))
    return "#5a5f66" if sum(seen) and sum(seen[225:]) > 0.85 * sum(seen) and sum(seen) < 64 * 64 else "white"


def _small_enough(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise Image.DecompressionBombError


def _webp_size(content: bytes) -> tuple[int, int]:
    """Return width and height that a WebP file claims, (0, 0) for anything else; RFC 9649.

    Its decoder takes the memory for a whole canvas as soon as it is opened, so it must not be opened to be asked.
    """
    head = content[:30]
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP" or len(head) < 25:
        return 0, 0
    kind, data = head[12:16], head[20:]
    if kind == b"VP8X" and len(data) >= 10:
        return 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and len(data) >= 10:
        return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF
    return 0, 0


def _jpeg(picture: Image.Image, target: tuple[int, int]) -> bytes:
    """Return *picture* filled into *target*'s ratio as a progressive JPEG under MOST_BYTES.

    Quality is stepped down first; below what can be looked at the size goes down instead.
    """
    width, height = _fitting(picture.size, target)
    place = focus.centering(picture, target[0] / target[1])
    while True:
        cut = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS, centering=place)
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
