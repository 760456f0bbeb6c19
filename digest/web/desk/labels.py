"""Times, numbers, acts and answers in words, as the desk says them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

from digest.model.choice import (
    Act,
    Add,
    Approve,
    Drop,
    Hold,
    Lead,
    Merge,
    Move,
    OfEdition,
    OfStory,
    Omit,
    Pin,
    Placing,
    Redek,
    Retitle,
    SetNote,
    SetPreheader,
    SetSponsor,
    SetSubject,
    ShowPicture,
    Split,
    Spot,
    Undo,
    Unknown,
)

SIGNALS = {
    "freshness": "new",
    "told": "reported by others",
    "burst": "rising",
    "kept_section": "a section that you keep",
    "kept_words": "words that you keep",
    "headline": "a full headline",
    "asks": "asks or explains",
    "explainer": "an explainer",
    "prominence": "high at the source",
    "picture": "has a picture",
    "echo": "echoed by others",
    "trust": "trusted source",
    "novelty": "something new",
    "local": "close to the readers",
    "followup": "goes on from an earlier edition",
    "section": "house style: section",
    "address": "house style: address",
}
STATES = {
    "queued": "waiting",
    "sending": "on its way",
    "handed": "with the mail server",
    "sent": "accepted by the mail server",
    "unknown": "unknown",
    "failed": "no such mailbox",
    "refused": "refused us",
    "expired": "too late",
    "suppressed": "left before it went",
    "undeliverable": "mail server cannot carry it",
    "broken": "broke the connection",
    "cancelled": "cancelled",
    "bounced": "bounced later",
    "complained": "marked as spam",
}
_ENHANCED = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_CLASSES = {
    "1.1": "there is no such mailbox",
    "1.2": "the domain takes no mail",
    "1.10": "the domain takes no mail",
    "2.1": "the mailbox is switched off",
    "2.2": "the mailbox is full",
    "2.3": "the message is too long for the mailbox",
    "3.4": "the message is too large",
    "4.1": "the host does not answer",
    "4.2": "the line broke",
    "4.4": "no way to the host",
    "4.7": "it took too long",
    "7.1": "we are blocked there",
    "7.20": "DKIM did not hold",
    "7.23": "SPF did not hold",
    "7.25": "our host has no reverse name",
    "7.26": "SPF, DKIM or DMARC did not hold",
    "7.28": "they ask us to slow down",
    "7.515": "DMARC did not hold",
}
_SUBJECTS = {
    "1": "the address is not taken",
    "2": "the mailbox has a problem",
    "3": "their system has a problem",
    "4": "the network has a problem",
    "5": "they did not understand us",
    "6": "they do not like the contents",
    "7": "they do not take mail from us",
}


def until_words(now: datetime, then: datetime) -> str:
    """Return the time from *now* to *then*: "in 3 h 12 min", "5 min ago"."""
    minutes = int((then - now).total_seconds() // 60)
    ago, minutes = minutes < 0, abs(minutes)
    words = _span(minutes)
    return f"{words} ago" if ago else f"in {words}"


def age(now: datetime, then: datetime) -> str:
    """Return how old something is: "25 min", "3 h", "2 d"."""
    minutes = max(0, int((now - then).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


def lasting(seconds: float) -> str:
    """Return a length of time: "40 s", "12 min"."""
    return f"{max(1, round(seconds))} s" if seconds < 90 else _span(round(seconds / 60))


def _span(minutes: int) -> str:
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [f"{days} d"] * bool(days) + [f"{hours} h"] * bool(hours)
    return " ".join([*parts, *([f"{minutes} min"] * (not days and (bool(minutes) or not hours)))])


def clock(moment: datetime, zone: ZoneInfo, now: datetime | None = None) -> str:
    """Return the time of day in *zone*, with the day where it is another than *now*'s."""
    local = moment.astimezone(zone)
    if now is not None and local.date() != now.astimezone(zone).date():
        return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"
    return f"{local:%H:%M}"


def people(names: list[str]) -> str:
    """Return *names* as one speaks: "Dana", "Dana and Omer"."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def plural(count: int, one: str, many: str = "") -> str:
    """Return "1 story", "1,204 stories"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def act_in_words(act: Act, titles: Mapping[int, str], sections: Mapping[str, str], zone: ZoneInfo) -> str:
    """Return what *act* did: "put “Harbor wall” on place 1 of the top"; *titles* are those of articles, by id."""
    if isinstance(act, Unknown):
        about = f" to {_title(act.article, titles)}" if act.article else ""
        return f"did something{about} that this version does not know (“{act.kind}”): it has no effect here"
    if isinstance(act, Placing):
        return _placed(act, _title(act.article, titles), sections)
    return _edited(act, titles, zone) if isinstance(act, OfStory) else _of_edition(act)


def _placed(act: Placing, title: str, sections: Mapping[str, str]) -> str:
    match act:
        case Pin():
            return f"put {title} {where(Spot(place=act.place), sections, anywhere='into the edition')}"
        case Move():
            return f"moved {title} {where(act.to, sections)}"
        case Add():
            return f"added {title} {where(act.to, sections)}"
        case _:
            assert_never(act)


def _edited(
    act: Drop | Hold | Retitle | Redek | Lead | Omit | ShowPicture | Merge | Split,
    titles: Mapping[int, str],
    zone: ZoneInfo,
) -> str:
    title = _title(act.article, titles)
    match act:
        case Drop():
            return f"dropped {title} for today"
        case Retitle(text=text):
            return f"headed {title} “{text}”" if text else f"gave {title} its own headline back"
        case Redek(text=text):
            return f"wrote a dek for {title}: “{text}”" if text else f"gave {title} its own dek back"
        case Merge(other=other):
            return f"merged {title} with {_title(other, titles)}"
        case Split(other=other):
            return f"split {title} from {_title(other, titles)}"
        case Lead() | Omit():
            leads = isinstance(act, Lead)
            return f"let {title} lead its story" if leads else f"took {title} off from below its story"
        case ShowPicture(source=None):
            return f"shows {title} without a picture"
        case ShowPicture(source=source):
            its = f"the picture of {_title(source, titles)}" if source else "its own picture back"
            return f"gave {title} {its}"
        case Hold(until=until):
            return f"holds {title} until {clock(until, zone)}" if until else f"lets {title} go"
        case _:
            assert_never(act)


def _of_edition(act: OfEdition) -> str:
    match act:
        case Approve(revision=revision):
            return f"approved revision {revision}"
        case Undo():
            return "took an act back"
        case SetSponsor(sponsor=None):
            return "took the advertisement away"
        case SetSponsor(sponsor=one):
            return f"put in the advertisement of {one.name}: “{one.text}” ({one.url})" if one else ""
        case SetSubject(text=text) | SetPreheader(text=text) | SetNote(text=text):
            return f"wrote the {act.kind}: “{text}”" if text else f"gave the {act.kind} back to the template"
        case _:
            assert_never(act)


def _title(article: int | None, titles: Mapping[int, str]) -> str:
    return f"“{titles.get(article or 0, 'a story that is gone')}”"


def where(to: Spot, sections: Mapping[str, str], anywhere: str = "into its own section") -> str:
    """Return where *to* puts a story, *anywhere* with no place: "on place 2 of the top", "into Sport"."""
    if not to.section and not to.place:
        return anywhere
    if not to.section or to.section == "top":
        return "as the lead" if to.place == 1 else f"on place {to.place} of the top" if to.place else "on top"
    name = sections.get(to.section, to.section)
    return f"on place {to.place} of {name}" if to.place else f"into {name}"


def answer(code: int, text: str) -> str:
    """Return an SMTP answer in words: "there is no such mailbox (550 5.1.1)"."""
    found = _ENHANCED.search(text)
    if found:
        words = _CLASSES.get(f"{found[2]}.{found[3]}") or _SUBJECTS.get(found[2], "")
        later = "; we try again" if found[1] == "4" else ""
        return (
            f"{words}{later} ({code or found[0]} {found[0] if code else ''})".replace(" )", ")")
            if words
            else text
        )
    if code == 421:
        return f"they ask us to come later (421): {text}"
    if 400 <= code < 500:
        return f"not now; we try again ({code}): {text}"
    return f"{text} ({code})" if code else text


def bounce_class(code: int, text: str) -> str:
    """Return the class of a refusal, for a count: "there is no such mailbox"."""
    found = _ENHANCED.search(text)
    if found:
        words = _CLASSES.get(f"{found[2]}.{found[3]}") or _SUBJECTS.get(found[2])
        if words:
            return words
    return (
        "they said no for good"
        if code >= 500
        else "they said not now until it was too late"
        if code
        else "no answer"
    )
