"""What a template may know of an edition: plain values, ready to print, in the order of the page."""

from collections.abc import Mapping
from dataclasses import dataclass

from digest.config.schema import Newsletter, Site
from digest.messages import slots
from digest.messages.dates import dateline, digits
from digest.messages.links import followed
from digest.messages.templates import said
from digest.messages.text import line
from digest.model import Article, Composition, Direction, Placed, Sponsor
from digest.model import Picture as Source
from digest.model import Section as SectionOfEdition
from digest.model.agencies import credits
from digest.model.colour import for_dark

WIDE, SQUARE = (1280, 720), (256, 256)  # of our crops, in pixels: twice the size on the page
LONGEST_TITLE, LONGEST_DEK = 300, 700  # beyond this it is no headline, and would push all others out
LONG_TITLE = 80  # characters of a headline that is set a step smaller
MOST_BOUND = 14  # characters of the last two words: more of them in one piece break badly on a phone


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: *src*, and whether it is *cropped* by us to the shape the page gives it."""

    src: str
    alt: str
    caption: str
    credit: str
    cropped: bool


@dataclass(frozen=True, slots=True)
class Other:
    """Another of our outlets that tells a story, or with a *title* a second piece of the same outlet."""

    outlet: str
    url: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A story on the page. *direction* and *language* are "" where they are the edition's."""

    title: str
    headline: str
    long: bool
    url: str
    dek: str
    kicker: str
    section: str
    byline: str
    outlet: str
    update: bool
    also: tuple[Other, ...]
    second: Other | None
    wide: Picture | None
    square: Picture | None
    direction: str
    language: str


@dataclass(frozen=True, slots=True)
class SectionColour:
    """The colour of a section's name, on light and on dark ground."""

    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Section:
    """A run of stories with its heading; *begin* and *end* are the marks around it, "" when all get it."""

    name: str
    title: str
    layout: str
    stories: tuple[Story, ...]
    begin: str
    end: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """All that a template may use."""

    title: str
    tagline: str
    subject: str
    preheader: str
    date: str
    number: str
    note: str
    correction: bool
    sponsor: Sponsor | None
    language: str
    direction: Direction
    start: str  # the side where lines begin, "left" or "right"
    end: str
    lead: Story | None
    top: tuple[Story, ...]
    sections: tuple[Section, ...]
    colours: Mapping[str, SectionColour]
    why: str
    postal: str
    view_url: str
    unsubscribe_url: str
    preferences_url: str
    signup_url: str


def page(
    edition: Composition, newsletter: Newsletter, site: Site, words: Mapping[str, str], nonce: str
) -> Page:
    """Return *edition* as the templates see it."""
    seen = _Seen(edition, newsletter, site, words)
    top = tuple(
        seen.story(placed)
        for section in edition.sections
        if section.name == "top"
        for placed in section.stories
    )
    others = tuple(_section(one, seen, nonce) for one in edition.sections if one.name != "top")
    return Page(
        title=line(edition.title),
        tagline=line(newsletter.tagline),
        subject=line(edition.subject),
        preheader=line(edition.preheader),
        date=dateline(edition.date, words["date"], edition.language),
        number=_number(edition, words),
        note=line(edition.note),
        correction=edition.correction,
        sponsor=_sponsor(edition.sponsor),
        language=edition.language,
        direction=edition.direction,
        start="right" if edition.direction == "rtl" else "left",
        end="left" if edition.direction == "rtl" else "right",
        lead=top[0] if top else None,
        top=top[1:],
        sections=tuple(section for section in others if section.stories),
        colours={
            rule.name: SectionColour(rule.colour, for_dark(rule.colour))
            for rule in newsletter.sections
            if rule.colour
        },
        why=line(newsletter.why) or said(words, "why", title=line(edition.title)),
        postal=line(newsletter.sender.postal),
        view_url=slots.slot(nonce, slots.VIEW),
        unsubscribe_url=slots.slot(nonce, slots.UNSUBSCRIBE),
        preferences_url=slots.slot(nonce, slots.PREFERENCES),
        signup_url=signup_url(site, edition.newsletter),
    )


def _number(edition: Composition, words: Mapping[str, str]) -> str:
    if not edition.number:
        return ""
    written = said(words, "number", number=digits(str(edition.number), edition.language))
    return written.replace(" ", "\N{NO-BREAK SPACE}")


def signup_url(site: Site, newsletter: str) -> str:
    """Return the address of the page where a forwarded mail's reader signs up."""
    return f"{site.url}/subscribe/{newsletter}"


def _sponsor(one: Sponsor | None) -> Sponsor | None:
    """Return the advertisement as it is printed; its address is the sponsor's own, without our parameters."""
    url = followed(one.url, {}) if one else ""
    return Sponsor(line(one.name), line(one.text), url) if one and url else None


def _section(found: SectionOfEdition, seen: "_Seen", nonce: str) -> Section:
    rule = seen.rules.get(found.name)  # a reader can only wish for the newsletter's own sections
    brief = found.name == "brief"
    return Section(
        name=found.name,
        title=seen.words["in_brief"] if brief else line(found.title),
        layout="briefs" if brief else rule.layout if rule else "list",
        stories=tuple(seen.story(placed) for placed in found.stories),
        begin=slots.begin(nonce, found.name) if rule else "",
        end=slots.end(nonce, found.name) if rule else "",
    )


class _Seen:
    """Turns placed stories into printed ones, and remembers which pictures the page shows already."""

    def __init__(
        self, edition: Composition, newsletter: Newsletter, site: Site, words: Mapping[str, str]
    ) -> None:
        self.words = words
        self.rules = {rule.name: rule for rule in newsletter.sections}
        self._edition = edition
        self._newsletter = newsletter
        self._site = site
        self._outlets = {placed.article.outlet for placed in edition.stories}
        self._shown: set[str] = set()

    def story(self, placed: Placed) -> Story:
        """Return *placed* as it is printed."""
        article, parameters = placed.article, self._newsletter.links
        wide, square = self._pictures(placed)
        foreign = not _same(article.language, self._edition.language)
        rule, title = self.rules.get(article.section), _cut(line(placed.title), LONGEST_TITLE)
        return Story(
            title=title,
            headline=bound(title),
            long=len(title) > LONG_TITLE,
            url=followed(article.url, parameters),
            dek=_cut(line(placed.dek), LONGEST_DEK),
            kicker=line(rule.title) if rule and rule.name != placed.section else "",
            section=rule.name if rule else "",
            byline=self._byline(line(article.byline), foreign),
            outlet=line(article.outlet) if len(self._outlets) > 1 else "",
            update=placed.update,
            also=tuple(self._other(one) for one in placed.also if one.outlet != article.outlet),
            second=next((self._other(one) for one in placed.also if one.outlet == article.outlet), None),
            wide=wide,
            square=square,
            direction=article.direction if article.direction != self._edition.direction else "",
            language=article.language if foreign else "",
        )

    def _other(self, article: Article) -> Other:
        url = followed(article.url, self._newsletter.links)
        return Other(line(article.outlet), url, _cut(line(article.title), LONGEST_TITLE))

    def _byline(self, names: str, foreign: bool) -> str:
        """Return who wrote it: people by the word for it, agencies as the credit that they are."""
        begins = self.words["by_begins"]
        if not foreign and names.lower().startswith(begins.lower()):
            names = names[len(begins) :].strip()
        people, agencies = credits(names)
        if people and not foreign:  # else our "by" would stand in the wrong language
            people = said(self.words, "by", names=people)
        return " · ".join(filter(None, (people, agencies)))

    def _pictures(self, placed: Placed) -> tuple[Picture | None, Picture | None]:
        """Return the wide and the square one; none where the page shows the same picture above."""
        source, policy = placed.article.picture, self._newsletter.look.pictures
        if source is None or policy == "none" or source.url in self._shown:
            return None, None
        self._shown.add(source.url)
        if policy == "hotlink":
            src = followed(source.url, {})
            picture = _picture(source, src, cropped=False) if src else None
            return picture, picture
        return self._hosted(source, source.wide), self._hosted(source, source.square)

    def _hosted(self, source: Source, sha: str) -> Picture | None:
        if not sha:
            return None
        return _picture(source, f"{self._site.url}/p/{sha}.jpg", cropped=True)


def _picture(source: Source, src: str, *, cropped: bool) -> Picture:
    alt, caption = line(source.alt), line(source.caption)
    return Picture(src, alt, caption if caption != alt else "", line(source.credit), cropped=cropped)


def bound(title: str) -> str:
    """Return *title* with its last two words bound, where they are short: none is alone on the last line."""
    words = title.split(" ")
    if len(words) < 4 or len(words[-2]) + len(words[-1]) > MOST_BOUND:
        return title
    return " ".join(words[:-1]) + "\N{NO-BREAK SPACE}" + words[-1]


def _same(one: str, other: str) -> bool:
    return not one or one.split("-", maxsplit=1)[0].lower() == other.split("-", maxsplit=1)[0].lower()


def _cut(value: str, longest: int) -> str:
    if len(value) <= longest:
        return value
    return value[:longest].rsplit(" ", 1)[0].rstrip(" ,.;:–-") + "…"
