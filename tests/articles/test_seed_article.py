"""The article page that the project was conceived from comes out whole: every part that its readers see has its place."""

import html
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.articles.page import page

URL = "https://www.paper.example/2024/03/22/blinken-arrives-in-israel/"


def marked_up(text: str) -> str:
    """Return the page's text as the plainest markup that shows it: no metadata, no names of classes but the path's."""
    lines = [line.strip() for line in text.splitlines()]
    title = next(line for line in lines if line.startswith("Blinken arrives in Israel"))
    at = {line: number for number, line in reversed(list(enumerate(lines)))}
    made = []
    related = lines.index("Related Posts")
    for number, line in enumerate(lines):
        said = html.escape(line)
        if not line:
            continue
        if line.startswith("• "):
            made.append(f"<li>{said[2:]}</li>")
        elif line == "Home News Israel at War Gaza War":
            path = "".join(
                f'<a href="/{name}">{name}</a> ' for name in ("Home", "News", "Israel at War", "Gaza War")
            )
            made.append(f'<div class="breadcrumbs">{path}</div>')
        elif number == at[title]:
            made.append(f"<h1>{said}</h1>")
        elif line.startswith(title):
            made.append(
                f'<figure><img src="/photo.jpg" width="1200" alt="{html.escape(title)}"><span>{said[len(html.escape(title)) :]}</span></figure>'
            )
        elif line.startswith("Tags: "):
            made.append(f'<div>Tags: <a href="/tag">{said[6:]}</a></div>')
        elif number > related and len(line.split()) > 6 and not line.endswith(("...", "....", ".")):
            made.append(f'<h3><a href="/other-{number}">{said}</a></h3>')
        else:
            made.append(f"<p>{said}</p>")
    return f'<!doctype html><html lang="en-US"><head><title>{html.escape(title)}</title></head><body>{"".join(made)}</body></html>'


@pytest.mark.real
def test_the_seed_article_comes_out_whole(shared_data: Path) -> None:
    text = next((shared_data / "seed-article").glob("*.txt")).read_text("utf-8")
    found = page(marked_up(text).encode(), URL, "text/html", "en", datetime(2026, 2, 11, tzinfo=UTC))
    lines = [line.strip() for line in text.splitlines()]
    headline = next(line for line in lines if line.startswith("Blinken arrives in Israel"))
    assert found.titles[0] == headline
    assert found.section == "News / Israel at War / Gaza War"
    assert found.description == lines[lines.index(headline) + 2]
    assert found.authors == ("AP", "ILH Staff")
    assert found.published == datetime(2024, 3, 22, 12, 49, tzinfo=UTC)
    assert found.modified == datetime(2024, 6, 3, 14, 25, tzinfo=UTC)
    assert found.image == "https://www.paper.example/photo.jpg"
    assert found.caption.startswith("US Secretary of State Antony Blinken disembarks")
    assert found.caption.endswith("March 22, 2024")
    assert found.credit == "Evelyn Hockstein/Pool Photo via AP"
    assert found.tags == ("Gaza War",)
    assert found.paragraphs[0].startswith("United States Secretary of State Antony Blinken has arrived")
    assert found.paragraphs[-1].startswith("The Israeli mission to the UN")
    assert not any(
        re.search("Subscribe|Follow|Video:|Share on|contact-form", part) for part in found.paragraphs
    )
    for begun in ("Hamas floats an", "IDF finds 110 Mortar", "Senior IDF officer"):
        assert any(link.text.startswith(begun) for link in found.related)
    assert (found.live, found.paywalled, found.problem) == (False, False, "")
