"""Which picture an item offers, and what becomes of odd ones."""

import html
import io

import pytest
from PIL import Image

from digest.articles import lead, pictures
from digest.articles.sources import feed
from digest.errors import ParseError, PictureError

HEAD = '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>T</title><link>https://p.example/</link><item><title>A</title>'


def inside(markup: str) -> str:
    return f"<description>{html.escape(markup)}</description>"


@pytest.mark.parametrize(
    ("item", "wanted"),
    [
        ("<media:content medium='image' url='https://i.example/google-pixel-9.jpg'/>", "google-pixel-9.jpg"),
        ("<media:content medium='image' url='https://i.example/baker-681x1024.jpg'/>", "baker-681x1024.jpg"),
        ("<media:content medium='image' url='https://i.example/p?id=1&amp;region=eu&amp;copy=2'/>", "p?id=1&region=eu&copy=2"),
        ("<image>https://i.example/a.jpg</image>", "a.jpg"), ("<image><url>https://i.example/b.jpg</url></image>", "b.jpg"),
        (inside('<img src="data:image/gif;base64,xx" data-src="https://i.example/c.jpg">'), "c.jpg"),
        (inside('<img src="https://i.example/s.jpg" srcset="https://i.example/s.jpg 300w, https://i.example/m.jpg 1200w, https://i.example/l.jpg 3000w">'), "m.jpg"),
        (inside('<video poster="https://i.example/poster.jpg" src="https://i.example/x.mp4"></video>'), "poster.jpg"),
        (inside('<img src="https://t.example/x.png" style="width:1px; height:1px"><img src="https://i.example/real.jpg">'), "real.jpg"),
        (inside('<img src="https://t.example/1x1.png"><img src="https://t.example/pixel.gif?x"><img src="//i.example/r.jpg">'), "r.jpg"),
    ],
)  # fmt: skip
def test_the_picture_of_an_item(item: str, wanted: str) -> None:
    found = lead.picture(
        feed.parse(f"{HEAD}{item}</item></channel></rss>".encode()).items[0], "https://p.example/a"
    )
    assert found is not None
    assert found.url == f"https://i.example/{wanted}"


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def shown(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(pictures.crops(content).wide)).convert("RGB")


def test_a_strip_leads_no_story() -> None:
    assert pictures.crops(png(Image.new("RGB", (2000, 70), "red"))).wide == b""


def test_a_grey_of_sixteen_bits_keeps_its_tones() -> None:
    grey = Image.new("I;16", (400, 300), 30_000)
    assert 105 < sum(shown(png(grey)).resize((1, 1)).tobytes()) / 3 < 130


def test_a_jpeg_without_its_end_is_a_picture() -> None:
    out = io.BytesIO()
    Image.effect_noise((600, 400), 90).save(out, "JPEG")
    assert pictures.crops(out.getvalue()[: out.tell() * 2 // 3]).wide
    for part in (5, 100):
        with pytest.raises(PictureError, match="damaged"):
            pictures.crops(out.getvalue()[: out.tell() // part])


def test_a_white_logo_is_not_put_on_white() -> None:
    logo = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    logo.paste((255, 255, 255, 255), (100, 100, 300, 200))
    assert shown(png(logo)).getpixel((5, 5)) != (255, 255, 255)


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>", "challenge"),
        ("<html><title>Sign in</title><input type='password'></html>", "log in"),
        ("<html><title>Paper</title></html>", "web page"),
    ],
)
def test_a_page_instead_of_a_feed_is_named(page: str, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        feed.parse(page.encode(), "https://p.example/feed")
