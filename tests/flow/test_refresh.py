import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from digest.flows.collect import illustrate
from digest.flows.edition.refresh import refresh
from tests.flow.test_collect import Opened, portal, room  # noqa: F401 - fixtures
from tests.loopback import Site, rss


def jpeg(width: int = 1600, height: int = 900) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(out, "JPEG")
    return out.getvalue()


def article(title: str, **more: str) -> str:
    meta = "".join(f'<meta property="{name}" content="{value}">' for name, value in more.items())
    return f"<html><head><title>{title} | Herald</title>{meta}</head><body><h1>{title}</h1></body></html>"


def own(server: Site, *names: str) -> str:
    return rss(*((f"Title of {name}", f"{server.url}/{name}") for name in names))


def test_gone_and_retitled_are_told_and_recorded_and_trouble_changes_nothing(room: Opened) -> None:  # noqa: F811
    here = room({"herald": "/rss"}, timeout="2s")
    here.site.put("/rss", own(here.site, "same", "gone", "retired", "new", "broken", "home", "private"))
    here.collect()
    here.site.put("/same", article("Title of same"))
    here.site.put("/retired", "", status=410)
    here.site.put("/new", article("A wholly different headline now"))
    here.site.put("/broken", "", status=503)
    here.site.put("/home", "", status=302, Location="/")
    here.site.put("/", article("The front page"))
    here.site.put("/private", "", status=302, Location="http://10.0.0.1/")
    before = here.window()
    changes = here.portal.call(refresh, here.app, before)
    assert {change.known.split()[-1]: change.outcome for change in changes} == {
        "same": "same", "gone": "gone", "retired": "gone", "new": "retitled", "broken": "unreachable", "home": "gone", "private": "unreachable",
    }  # fmt: skip
    assert sorted(found.title for found in here.window()) == [
        "A wholly different headline now", "Title of broken", "Title of private", "Title of same",
    ]  # fmt: skip
    assert "new headline at the publisher" in str(
        next(change for change in changes if change.outcome == "retitled")
    )
    assert "410" in str(next(change for change in changes if change.known.endswith("retired")))


def test_a_renewed_headline_outlives_the_next_collect(room: Opened) -> None:  # noqa: F811
    here = room({"herald": "/rss"})
    here.site.put("/rss", own(here.site, "a"))
    here.collect()
    here.site.put("/a", article("A wholly different headline now"))
    here.portal.call(refresh, here.app, here.window())
    here.collect(force=True)
    assert [found.title for found in here.window()] == ["A wholly different headline now"]
    assert [change.outcome for change in here.portal.call(refresh, here.app, here.window())] == ["same"]


def pictured(server: Site, *names: str) -> str:
    items = "".join(
        f"<item><title>T {name}</title><link>https://h.example/{name}</link><pubDate>Wed, 04 Mar 2026 04:00:00 GMT</pubDate><enclosure url='{server.url}/{name}' type='image/jpeg' length='1'/></item>"
        for name in names
    )
    return rss(extra=items)


def test_pictures_of_own_articles_are_fetched_cropped_and_kept(room: Opened, tmp_path: Path) -> None:  # noqa: F811
    here = room({"own": "/own", "witness": "/witness"})
    here.site.put("/own", pictured(here.site, "good.jpg", "small.jpg", "broken.jpg", "missing.jpg"))
    here.site.put("/witness", pictured(here.site, "theirs.jpg"))
    here.site.put("/good.jpg", jpeg())
    here.site.put("/small.jpg", jpeg(150, 100))
    here.site.put("/broken.jpg", jpeg()[:300])
    made = here.collect()
    assert made.pictures.made == 2
    problems = dict(made.pictures.problems)
    assert (
        "damaged" in problems[f"{here.site.url}/broken.jpg"]
        or "is no JPEG" in problems[f"{here.site.url}/broken.jpg"]
    )
    assert problems[f"{here.site.url}/missing.jpg"] == "the server answers 404"
    assert not any(asked.path == "/theirs.jpg" for asked in here.site.asked)
    found = {one.title: one.picture for one in here.window("own")}
    good, small = found["T good.jpg"], found["T small.jpg"]
    assert good is not None
    assert small is not None
    assert (tmp_path / "pictures" / good.wide[:2] / f"{good.wide}.jpg").stat().st_size < 60_000
    assert good.square
    assert (small.wide, bool(small.square)) == ("", True)
    asked = len(here.site.asked)
    here.later(hours=1)
    here.site.put("/own", pictured(here.site, "good.jpg"))
    here.collect()
    assert [one.path for one in here.site.asked[asked:]] == ["/own", "/witness"]


def test_hot_linked_or_no_pictures_are_not_fetched(room: Opened, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    here = room({"own": "/own"})
    here.site.put("/own", pictured(here.site, "good.jpg"))
    config: Any = here.app.config
    letter = config.newsletters["daily"]
    hot = letter.model_copy(update={"look": letter.look.model_copy(update={"pictures": "hotlink"})})
    assert illustrate.hosting(config.model_copy(update={"newsletters": {"daily": hot}})) == ()
    assert illustrate.hosting(config) == ("own",)
