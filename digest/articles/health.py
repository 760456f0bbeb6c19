"""How a source is doing, judged from reading to reading: what it usually brings, and whether that has changed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

KNOWN = 5  # readings after which we know what is usual
EMPTY = timedelta(hours=24)
SHOWN = timedelta(days=7)  # a change of form is told for so long
FAILING = timedelta(hours=24)
SILENT = timedelta(days=3)
_SHARE = 0.1  # how much one reading changes what is usual
_MANY = 10.0
_FORMS = {
    "rss": "RSS",
    "atom": "Atom",
    "rdf": "RDF",
    "json": "JSON Feed",
    "sitemap": "a sitemap",
    "page": "a web page",
    "folder": "a folder",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a document was: its *form* ("rss", "atom", ...), its items, and how many lack a date or a picture."""

    form: str = ""
    seen: int = 0
    undated: int = 0
    unpictured: int = 0
    new: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What is remembered of a source's readings. *usual* figures are averages that follow slowly.

    *changed* says in words how its last document differs from what was usual, since *changed_at*; *empty_since* is when
    its documents began to have no items, *last_new* when it last brought something new.
    """

    form: str = ""
    seen: int = 0
    undated: int = 0
    unpictured: int = 0
    readings: int = 0
    usual_seen: float = 0.0
    usual_pictured: float = 0.0
    empty_since: datetime | None = None
    last_new: datetime | None = None
    changed: str = ""
    changed_at: datetime | None = None


def after(before: Health, facts: Facts, now: datetime) -> Health:
    """Return the health after a document of these *facts* was read at *now*."""
    changed = _difference(before, facts) or _still(before, now)
    pictured = (facts.seen - facts.unpictured) / facts.seen if facts.seen else before.usual_pictured
    share = _SHARE if before.readings else 1.0
    return Health(
        form=facts.form,
        seen=facts.seen,
        undated=facts.undated,
        unpictured=facts.unpictured,
        readings=before.readings + 1,
        usual_seen=before.usual_seen + share * (facts.seen - before.usual_seen),
        usual_pictured=before.usual_pictured + share * (pictured - before.usual_pictured),
        empty_since=None if facts.seen else before.empty_since or now,
        last_new=now if facts.new else before.last_new,
        changed=changed,
        changed_at=(before.changed_at if changed == before.changed else now) if changed else None,
    )


def _difference(before: Health, facts: Facts) -> str:
    """Return in words how a document differs from what was usual, "" where it does not."""
    if before.form and facts.form and facts.form != before.form:
        was, now = (_FORMS.get(form, form) for form in (before.form, facts.form))
        return f"it has changed its form: it was {was} and is {now}"
    if before.readings < KNOWN or not facts.seen:
        return ""
    if facts.seen >= 3 and facts.unpictured == facts.seen and before.usual_pictured >= 0.8:
        return f"none of its {facts.seen} items has a picture: nearly all had one"
    if before.usual_seen >= _MANY and 10 * facts.seen <= before.usual_seen:
        items = "item" if facts.seen == 1 else "items"
        return f"it has {facts.seen} {items}: usually it has {before.usual_seen:.0f}"
    return ""


def _still(before: Health, now: datetime) -> str:
    """Return a change of form that is still told: the next document is of the new form, and no change any more."""
    young = before.changed_at is not None and now - before.changed_at < SHOWN
    return before.changed if young and "form" in before.changed else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """Something that a person should know of a source: its *kind*, *since* when, in *words*."""

    kind: str
    since: datetime
    words: str


def troubles(health: Health, now: datetime, *, usual_a_day: float = 0.0) -> tuple[Trouble, ...]:
    """Return what is wrong with a source that can be read; *usual_a_day* is what it brought before it fell silent."""
    found = []
    if health.empty_since and now - health.empty_since >= EMPTY:
        words = f"it has been empty since {health.empty_since:%-d %B, %H:%M} UTC"
        found.append(Trouble(kind="empty", since=health.empty_since, words=words))
    elif health.last_new and usual_a_day >= 1 and now - health.last_new >= SILENT:
        words = (
            f"nothing new since {health.last_new:%-d %B, %H:%M} UTC: usually {usual_a_day:.0f} articles a day"
        )
        found.append(Trouble(kind="silent", since=health.last_new, words=words))
    if health.changed and health.changed_at:
        found.append(Trouble(kind="changed", since=health.changed_at, words=health.changed))
    return tuple(found)


def failing(failures: int, last_ok: datetime | None, error: str, now: datetime) -> Trouble | None:
    """Return the trouble of a source that could not be read for a day or longer; None for a shorter failure."""
    if failures < 3 or last_ok is None or now - last_ok < FAILING:
        return None
    words = f"it could not be read since {last_ok:%-d %B, %H:%M} UTC: {error}"
    return Trouble(kind="failing", since=last_ok, words=words)
