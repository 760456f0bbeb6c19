"""An edition from ranked stories: what leads, what stands in which section, what waits on the bench.

The editor's choices come first and outlive every rebuild; then what earlier editions carried and has no
news stays out; then the score decides, within each section's quota. No story stands twice, and no picture.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from digest.config.schema import Newsletter
from digest.editions import order, sponsors, subject
from digest.editions.choices import Texts, Wish, active, links, omitted, picture, pictured, texts, wish
from digest.editions.memory import Carried, differs, news
from digest.editions.order import BRIEF, TOP, noted
from digest.model import Article, Choice, Composition, Placed, Ranked, Role, Section

__all__ = ["Carried", "also", "composed", "links", "numbered", "window"]

PICTURE_MARGIN = (
    0.1  # points that a story without a picture may score more than the one that leads with its picture
)
MOST_OF_A_TOPIC = 4  # top stories whose headlines share a word, however many there are
BENCH = 40
ALSO = 3
SECOND = 0.7  # of the lead's echo, from which a second own piece on the same story is shown below it


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    placed: Placed
    wish: Wish
    fit: bool  # may be placed without the editor asking: it is new, or has news
    topics: frozenset[str] = frozenset()


def window(now: datetime, last_sent: datetime | None, newsletter: Newsletter) -> datetime:
    """Return since when articles count: since the last sent edition was built, within the bounds.

    At least `window` (an edition sent early leaves no gap), at most `longest_window` (Monday holds the
    weekend, a summer's pause does not hold the summer).
    """
    since = now - newsletter.window
    if last_sent is not None:
        since = min(since, last_sent)
    return max(since, now - max(newsletter.longest_window, newsletter.window))


def composed(
    ranked: Sequence[Ranked],
    newsletter: Newsletter,
    *,
    date: date,
    now: datetime,
    choices: Sequence[Choice] = (),
    carried: Carried | None = None,
    due: datetime | None = None,
) -> Composition:
    """Return the edition of newsletter *name* for the local *date*; one without stories where nothing is new.

    *due* is when it goes out: what is held until later than that stays on the bench. Raises TemplateError
    for a broken subject or preheader template.
    """
    held = active(choices)
    said = texts(held)
    out = max(now, due) if due else now
    candidates = [
        _candidate(each, held, carried or {}, out, newsletter)
        for each in ranked
        if each.story.lead.role is Role.OWN
    ]
    titles = {TOP: "", **{rule.name: rule.title for rule in newsletter.sections}, BRIEF: ""}
    runs, bench = _explained(*_runs(candidates, newsletter), candidates, newsletter)
    sections = numbered([Section(key, titles[key], tuple(runs[key])) for key in titles if runs.get(key)])
    stories = [placed for section in sections for placed in section.stories]
    return Composition(
        newsletter=newsletter.name,
        title=newsletter.title,
        date=date,
        now=now,
        language=newsletter.language,
        direction=newsletter.direction,
        subject=_subject(said, newsletter, stories, date),
        preheader=_preheader(said, newsletter, stories, date),
        note=said.note,
        sponsor=said.sponsor if said.sponsor and not sponsors.fault(said.sponsor) else None,
        sections=sections,
        bench=tuple(bench)[:BENCH],
    )


def _subject(said: Texts, newsletter: Newsletter, stories: list[Placed], day: date) -> str:
    if said.subject:
        return subject.one_line(said.subject)
    return subject.subject(newsletter, stories, day) if stories else newsletter.title


def _preheader(said: Texts, newsletter: Newsletter, stories: list[Placed], day: date) -> str:
    if said.preheader:
        return subject.one_line(said.preheader)
    return subject.preheader(newsletter, stories, day) if stories else ""


def _candidate(
    ranked: Ranked, choices: Sequence[Choice], carried: Carried, out: datetime, newsletter: Newsletter
) -> _Candidate:
    story = ranked.story
    wanted = wish(story, choices)
    held = wanted.until is not None and wanted.until > out
    if held:
        wanted = replace(wanted, dropped=True)  # it comes in by itself once its time has come
    own = [article for article in story.articles if article.role is Role.OWN]
    lead = next((article for article in own if article.id == wanted.article), story.lead)
    since = news(story, lead, carried)
    if since.article is not None and lead.id != wanted.article:
        lead = since.article
    members = {lead.id, *(article.id for article in story.articles)}
    shown = also(lead, own, {one.id: echo for one, echo in zip(story.articles, story.echoes, strict=False)})
    off = omitted(members, choices)
    lead = pictured(lead, picture(members, choices), own)
    placed = Placed(
        place=0,
        section=lead.section,
        article=lead,
        title=lead.title if wanted.title is None else subject.one_line(wanted.title),
        dek=lead.dek if wanted.dek is None else subject.one_line(wanted.dek),
        score=ranked.score,
        reasons=ranked.reasons,
        outlets=story.outlets,
        also=tuple(one for one in shown if one.id not in off),
        members=tuple(article.id for article in story.articles),
        update=since.update,
    )
    if since.text:
        placed = noted(placed, order.MEMORY, since.text)
    if said := _by_hand(wanted, held, newsletter):
        placed = noted(placed, order.EDITOR, said)
    return _Candidate(placed, wanted, since.article is not None and not wanted.dropped, ranked.topics)


def _by_hand(wanted: Wish, held: bool, newsletter: Newsletter) -> str:
    """Return what an editor did to the place of a story, in words; "" where nobody did anything."""
    by = f" by {wanted.by}" if wanted.by else ""
    if held and wanted.until is not None:
        return f"held until {wanted.until.astimezone(newsletter.schedule.tz):%d %B, %H:%M}{by}"
    if wanted.dropped:
        return f"dropped for today{by}"
    return f"put here{by}" if wanted.kept else ""


def also(lead: Article, own: Sequence[Article], echoes: Mapping[int, float]) -> tuple[Article, ...]:
    """Return what is linked below *lead*: a second piece of its outlet, and the newest of each other own outlet.

    *echoes* are those of the story's own articles, by id. A second piece says something else than the lead, and is
    echoed nearly as much (SECOND).
    """
    newest: dict[str, Article] = {}
    for article in sorted(own, key=lambda each: (each.published, each.id), reverse=True):
        if article.outlet != lead.outlet:
            newest.setdefault(article.outlet, article)
    heard = echoes.get(lead.id, 0.0)
    seconds = [
        one
        for one in own
        if one.outlet == lead.outlet
        and one.id != lead.id
        and 0.0 < SECOND * heard <= echoes.get(one.id, 0.0)
        and differs(one.title, [lead.title])
    ]
    seconds.sort(key=lambda one: (-echoes[one.id], one.title, one.id))
    return (*seconds[:1], *tuple(newest.values())[:ALSO])


def _runs(
    candidates: Sequence[_Candidate], newsletter: Newsletter
) -> tuple[dict[str, list[_Candidate]], list[_Candidate]]:
    """Return which candidates stand in which section: the editor's first, then by score and quota; and who is left."""
    quotas = {rule.name: rule.stories for rule in newsletter.sections} | {BRIEF: newsletter.brief}
    runs: dict[str, list[_Candidate]] = {TOP: [], **{section: [] for section in quotas}}
    pinned = [each for each in candidates if each.wish.kept and _is_top(each.wish)]
    moved = [each for each in candidates if each.wish.kept and each not in pinned]
    for each in moved:
        section = each.wish.section or each.placed.section
        runs[section if section in quotas else BRIEF].append(each)
    free = [each for each in candidates if each.fit and not each.wish.kept]
    runs[TOP] = _top(pinned, free, newsletter)
    taken = {each.placed.article.id for each in runs[TOP]}
    left = [each for each in free if each.placed.article.id not in taken]
    left = _outdone(left, runs[TOP], newsletter)
    for section, quota in quotas.items():
        room = max(0, quota - len(runs[section]))
        fitting = [each for each in left if section in (BRIEF, each.placed.section)][:room]
        loose = [each for each in runs[section] if not each.wish.place]
        rest = sorted(loose + fitting, key=lambda each: -each.placed.score)
        runs[section] = arranged(rest, [each for each in runs[section] if each.wish.place])
        left = [each for each in left if each not in fitting]
    return runs, left


def _explained(
    runs: Mapping[str, Sequence[_Candidate]],
    left: Sequence[_Candidate],
    candidates: Sequence[_Candidate],
    newsletter: Newsletter,
) -> tuple[dict[str, list[Placed]], list[Placed]]:
    """Return the runs and the bench, with the reasons of those that do not stand by their score."""
    placed = {name: [each.placed for each in run] for name, run in runs.items()}
    used = {one.article.id for run in placed.values() for one in run}
    waiting = {each.placed.article.id: each.placed for each in left}  # they may say more than as candidates
    bench = [waiting.get(each.placed.article.id, each.placed) for each in candidates]
    return order.explained(placed, [one for one in bench if one.article.id not in used], newsletter)


def _is_top(wish: Wish) -> bool:
    return wish.section == TOP or (not wish.section and bool(wish.place))


def _top(
    pinned: Sequence[_Candidate], free: Sequence[_Candidate], newsletter: Newsletter
) -> list[_Candidate]:
    """Return the top stories: pinned ones at their places, the best of the rest between them.

    No section of the newsroom, and no word of their headlines, fills more than about half of the places
    while others have anything.
    """
    room = max(0, newsletter.top - len(pinned))
    chosen: list[_Candidate] = []
    for strict in (True, False):
        for each in free:
            full = strict and _crowding(each, [*pinned, *chosen], newsletter.top // 2 + 1)
            if len(chosen) < room and each not in chosen and not full:
                chosen.append(each)
    chosen.sort(key=free.index)
    last = [each for each in pinned if not each.wish.place]
    led = _lead_with_picture(chosen, newsletter.look.pictures)
    return arranged([*led, *last], [each for each in pinned if each.wish.place])


def _outdone(
    left: Sequence[_Candidate], top: Sequence[_Candidate], newsletter: Newsletter
) -> list[_Candidate]:
    """Return those that were *left*; who would stand on top but for variety says so."""
    lowest = min((each.placed.score for each in top if not each.wish.kept), default=0.0)
    found = []
    for each in left:
        full = _crowding(each, top, newsletter.top // 2 + 1) if each.placed.score > lowest else ""
        if full:
            text = f"below the top stories, which have enough of {full}"
            found.append(replace(each, placed=noted(each.placed, order.VARIETY, text)))
        else:
            found.append(each)
    return found


def _crowding(one: _Candidate, others: Sequence[_Candidate], most: int) -> str:
    """Return of what *others* have enough already, in words; "" where *one* brings variety."""
    section = one.placed.section
    if section and sum(section == other.placed.section for other in others) >= most:
        return f"section {section}"
    most = min(most, MOST_OF_A_TOPIC)
    words = sorted(word for word in one.topics if sum(word in other.topics for other in others) >= most)
    return f"“{words[0]}”" if words else ""


def arranged(free: Sequence[_Candidate], placed: Sequence[_Candidate]) -> list[_Candidate]:
    """Return one run: each of *placed* at its place, the latest word first, and *free* in order between them.

    Who is put where another one was put earlier pushes that one on, towards the place that the newcomer
    came from where it came from above, else down: what dragging it there looks like.
    """
    taken: dict[int, _Candidate] = {}
    for each in sorted(placed, key=lambda one: one.wish.order):
        place, gap = each.wish.place or 1, 0
        if place in taken and each.wish.was and each.wish.was < place:
            gap = next((at for at in range(place - 1, each.wish.was - 1, -1) if at not in taken), 0)
        if gap:
            for at in range(gap, place):
                taken[at] = taken.pop(at + 1)
        else:
            run = place
            while run in taken:
                run += 1
            for at in range(run, place, -1):
                taken[at] = taken.pop(at - 1)
        taken[place] = each
    rest = iter(free)
    found: list[_Candidate] = []
    for place in range(1, max([len(free) + len(placed), *taken]) + 1):
        each_or_none = taken.get(place) or next(rest, None)
        if each_or_none is not None:
            found.append(each_or_none)
    return found


def _lead_with_picture(top: list[_Candidate], policy: str) -> list[_Candidate]:
    """Return *top* led by a story whose picture the mail will show, where one scores within a hair of the best."""
    for at, each in enumerate(top):
        if each.placed.score < top[0].placed.score - PICTURE_MARGIN:
            break
        found = each.placed.article.picture
        if found is not None and found.shows(policy) and (found.wide or policy != "host"):
            moved = replace(each, placed=order.leads(each.placed, top[0].placed)) if at else each
            return [moved, *top[:at], *top[at + 1 :]]
    return top


def numbered(sections: Iterable[Section]) -> tuple[Section, ...]:
    """Return *sections* with places from 1 in reading order, and each picture once."""
    place = 0
    shown: set[str] = set()
    numbered = []
    for section in sections:
        stories = []
        for placed in section.stories:
            place += 1
            stories.append(
                replace(placed, place=place, section=section.name, article=_once(placed.article, shown))
            )
        numbered.append(replace(section, stories=tuple(stories)))
    return tuple(numbered)


def _once(article: Article, shown: set[str]) -> Article:
    """Return *article* without its picture where an earlier story shows the same one."""
    if article.picture is None:
        return article
    marks = {mark for mark in (article.picture.wide, article.picture.url.split("?")[0]) if mark}
    if marks & shown:
        return replace(article, picture=None)
    shown |= marks
    return article
