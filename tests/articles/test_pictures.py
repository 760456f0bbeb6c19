import io
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from digest.articles.pictures import MOST_BYTES, crops
from digest.errors import PictureError
from digest.store import pictures


def photo(
    size: tuple[int, int], *, mode: str = "RGB", form: str = "JPEG", noise: bool = False, orientation: int = 0
) -> bytes:
    picture = (
        Image.effect_noise(size, 120).convert(mode)
        if noise
        else Image.new(mode, size, (200, 30, 30, 0)[: len(mode)])
    )
    exif = Image.Exif()
    if orientation:
        ImageDraw.Draw(picture).rectangle(
            (0, 0, size[0] // 2, size[1]), fill=(0, 0, 255)
        )  # the left half is blue
        exif[0x0112] = orientation
    out = io.BytesIO()
    picture.save(out, form, exif=exif) if form == "JPEG" else picture.save(out, form)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    found = Image.open(io.BytesIO(data))
    found.load()
    return found


def test_a_photo_becomes_two_crops_in_the_looks_ratios() -> None:
    made = crops(photo((3000, 2000)))
    wide, square = opened(made.wide), opened(made.square)
    assert (wide.size, square.size, wide.format) == ((1280, 720), (256, 256), "JPEG")
    assert wide.info.get("progressive")


def test_the_hardest_photo_stays_under_the_limit_and_in_its_ratio() -> None:
    made = crops(photo((2400, 1600), noise=True))
    assert len(made.wide) <= MOST_BYTES
    assert len(made.square) <= MOST_BYTES
    size = opened(made.wide).size
    assert abs(size[0] / size[1] - 16 / 9) < 0.02
    assert size[0] >= 400


def test_a_small_photo_is_not_enlarged() -> None:
    made = crops(photo((640, 480)))
    assert opened(made.wide).size == (640, 360)
    assert opened(made.square).size == (256, 256)


def test_a_photo_taken_upright_stands_upright() -> None:
    made = crops(photo((1600, 900), orientation=3))  # turned by 180 degrees: the blue half is on the right
    wide = opened(made.wide)
    assert wide.getpixel((wide.width - 20, 100))[2] > 200
    assert wide.getpixel((20, 100))[0] > 150
    assert not wide.getexif()


def test_what_is_transparent_is_white() -> None:
    made = crops(photo((800, 600), mode="RGBA", form="PNG"))
    assert min(opened(made.wide).getpixel((10, 10))) > 250


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF"])
def test_the_other_forms_are_taken(form: str) -> None:
    assert opened(crops(photo((800, 600), form=form)).wide).format == "JPEG"


def test_a_stamp_cannot_lead() -> None:
    made = crops(photo((150, 150)))
    assert made.wide == b""
    assert opened(made.square).size == (150, 150)


def png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(bytes(1000)))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (png_claiming(30_000, 30_000), "more than 24,000,000 pixels"),
        (png_claiming(9_000, 9_000), "more than 24,000,000 pixels"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is no JPEG"),
        (b"", "is no JPEG"),
        (b"<html>not found</html>", "is no JPEG"),
        (photo((800, 600))[:400], "damaged|is no JPEG"),
        (photo((20, 20)), "only 20x20"),
    ],
)
def test_a_bad_picture_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(PictureError, match=words):
        crops(data)


def test_files_are_kept_by_content_once_and_whole(tmp_path: Path) -> None:
    sha256 = pictures.saved(tmp_path, b"jpeg")
    file = pictures.path(tmp_path, sha256)
    assert file == tmp_path / "pictures" / sha256[:2] / f"{sha256}.jpg"
    assert file.read_bytes() == b"jpeg"
    before = file.stat().st_mtime_ns
    assert pictures.saved(tmp_path, b"jpeg") == sha256
    assert file.stat().st_mtime_ns == before
    assert [found.name for found in file.parent.iterdir()] == [file.name]
    file.write_bytes(b"jp")  # a file cut by a full disk is written again
    pictures.saved(tmp_path, b"jpeg")
    assert file.read_bytes() == b"jpeg"


def riff(chunk: bytes, data: bytes) -> bytes:
    """Return a WebP file that holds one chunk and nothing to decode."""
    body = b"WEBP" + chunk + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "content",
    [
        riff(
            b"VP8L", b"\x2f" + struct.pack("<I", 16382 | 16382 << 14) + bytes(8)
        ),  # 34 bytes that claim a gigabyte
        riff(b"VP8X", bytes(4) + (8000).to_bytes(3, "little") + (4000).to_bytes(3, "little")),
        riff(b"VP8 ", bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 16383, 16383) + bytes(8)),
        photo((6100, 4000), mode="L", form="PNG"),
        photo((6100, 4000), mode="P", form="GIF"),
    ],
    ids=["webp-lossless", "webp-extended", "webp-lossy", "png", "gif"],
)
def test_a_picture_that_claims_too_many_pixels_is_not_even_opened(content: bytes) -> None:
    with pytest.raises(PictureError, match="more than 24,000,000 pixels"):
        crops(content)


def test_a_large_photo_is_decoded_at_a_fraction_unless_it_is_progressive() -> None:
    large = Image.new("RGB", (6400, 4000), (200, 30, 30))
    plain, progressive = io.BytesIO(), io.BytesIO()
    large.save(plain, "JPEG", quality=30)
    large.save(progressive, "JPEG", quality=30, progressive=True)
    assert opened(crops(plain.getvalue()).wide).size == (1280, 720)
    with pytest.raises(PictureError, match="pixels"):
        crops(progressive.getvalue())
