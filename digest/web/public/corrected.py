"""What a public page says of an edition that was corrected: when, and in the words of the correction mail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment

from digest.config.schema import Newsletter
from digest.flows.readers.archive import Correction
from digest.messages.dates import moment


@dataclass(frozen=True, slots=True)
class Corrected:
    """One correction: *when* it was made, in words, and what it says; "" where nobody was sent a correction."""

    when: str
    words: str


def in_words(found: Sequence[Correction], newsletter: Newsletter, said: str) -> tuple[Corrected, ...]:
    """Return the corrections *found* in words; *said* is "Corrected {when}" in the newsletter's language."""
    zone, language = newsletter.schedule.tz, newsletter.language
    whens = [said.replace("{when}", moment(one.at.astimezone(zone), language)) for one in found]
    return tuple(Corrected(when, one.words) for when, one in zip(whens, found, strict=True))


def above(
    html: str,
    found: Sequence[Corrected],
    newsletter: Newsletter,
    templates: Environment,
    link: str,
    label: str,
) -> str:
    """Return the page *html* with what was corrected on top of it, and a *link* to the corrected edition or ""."""
    if not found:
        return html
    note = templates.get_template("public/corrected.html").render(
        corrections=found, newsletter=newsletter, link=link, label=label
    )
    body = re.search(r"<body\b[^>]*>", html)
    at = body.end() if body else 0
    return html[:at] + note + html[at:]
