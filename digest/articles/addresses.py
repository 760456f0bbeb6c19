"""Which addresses of a site are articles, as far as an address can tell; and the headline that one spells."""

import re
from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

from digest.articles.text import line

# First parts of a path (or the whole of it) under which sites keep what is no article, in the languages of Europe.
_APART = frozenset(
    """about about-us account accounts ads advertise advertising advertorial agb alerts amp-login annonse
    annonsorinnhold anzeige anzeigen app apps archiv archive archives archivio auteur auteurs author authors
    autor autore autoren bookmarks brand-studio careers cart cat categoria categorie categories category
    checkout comments contact contact-us contacto contacts contatti cookie cookies corrections crossword
    crosswords datenschutz donate e-paper epaper events faq feed feeds games gift help hilfe horoscope
    horoscopes impressum info jobs kategorie kontakt label legal live-tv login logout masthead mein-konto member
    members membership mentions-legales menu meta meteo my-account myaccount newsletter newsletters
    notifications obituaries page pages paidpost partner partnercontent partners paywall podcast podcasts
    preferences press privacy privacy-policy profil profile programme puzzle puzzles quiz quizzes recherche
    register registrieren rss search services servicio settings shop sign-in sign-up signin signup sitemap
    sitemaps sponsored staff stellenmarkt store subscribe subscription subscriptions suche tag tags team terms
    terms-of-use theme themen themes tool tools topic topics tv-guide tv-programm user users weather werbung
    wetter wp-admin wp-content wp-includes wp-json wp-login.php""".split()  # noqa: SIM905 - a list of sixty lines says no more
)
_FILE = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp|cfm|ece|story|article|do|amp)$", re.IGNORECASE)
_NO_PAGE = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|pdf|mp[34]|m4a|mov|zip|xml|rss|atom|json|js|css|ico|ics|txt|docx?|xlsx?)$",
    re.IGNORECASE,
)
_DATED = re.compile(
    r"/(?:19|20)\d\d[/-]?(?:\d{1,2}|[a-z]{3})(?:[/-]|$|\d)|/(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d"
)
_DAY = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[/_-]?(0[1-9]|1[0-2]|(?<=[/_-])[1-9])[/_-]?([0-2]\d|3[01]|(?<=[/_-])[1-9])(?!\d)"
)
_DATE_ALONE = re.compile(r"(?:19|20)\d\d-?\d\d?(?:-?\d\d?)?")  # an archive by days
_NUMBER = re.compile(r"\d{5,}|[a-f0-9]{16,}")
_HOLDERS = frozenset({"a", "article", "articles", "artikel", "news", "story", "stories"})
_CODE = re.compile(r"(?=[a-z]*\d)[a-z0-9]{8,}")
_IDENTITY = re.compile(
    r"(?:^|[-_.])(?:(?=[a-z]*\d)[a-z0-9]{6,}|\d{4,}|[a-f0-9-]{24,36}|(?:rc)?(?:na|wb)?\d{3,})$|^[a-z]{0,4}\d{4,}[-_.]"
    r"|,.*$",
    re.IGNORECASE,
)
_QUERY = re.compile(
    r"(?:^|&)(?:p|id|art|aid|artid|article|articleid|story|storyid|newsid|nid|idx?|autono|no)=\d{3,}|=\d{5,}(?:&|$)"
)


def article_like(url: str) -> bool:
    """Return whether the address *url* looks like that of an article: a slug of words, a number, a date in its path.

    A section, a tag, an author, a picture or a page of the house does not.
    """
    parts = urlsplit(url)
    names = [name for name in unquote(parts.path).lower().split("/") if name]
    if len(names) > 1 and _FILE.sub("", names[-1]) in {"index", "default", "home"}:
        names.pop()
    if _NO_PAGE.search(parts.path) or any(_FILE.sub("", name) in _APART for name in names[-2:]):
        return False
    if _QUERY.search(parts.query.lower()):
        return True
    if not names:
        return False
    last = _FILE.sub("", names[-1])
    words = [word for word in re.split(r"[-_+ ]+", last) if word]
    if _DATE_ALONE.fullmatch(last):
        return False
    if _NUMBER.search(last) or (_DATED.search(parts.path.lower()) and not re.fullmatch(r"[\d-]+", last)):
        return True
    if any(name in _APART for name in names):
        return len(words) > 4
    if len(words) >= 4 or (not last.isascii() and len(last) >= 12):
        return True
    if len(names) > 1 and _held(names[-2], last):
        return True
    return len(words) == 3 and (len(names) > 1 or _FILE.search(names[-1]) is not None)


def _held(holder: str, last: str) -> bool:
    """Return whether the part before the *last* one says that it is an article: its number, its headline, its kind."""
    words = [word for word in re.split(r"[-_+ ]+", holder) if word]
    return (
        (holder.isdigit() and len(holder) > 4)
        or len(words) > 5
        or (holder in _HOLDERS and bool(_CODE.fullmatch(last)))
    )


def spelled_headline(url: str) -> str:
    """Return the headline that the last words of the address *url* spell; "" where it spells none.

    It stands in for a headline that nobody has read yet, as of an article that only a sitemap names: without marks,
    and with no capital but the first.
    """
    names = [_FILE.sub("", name) for name in unquote(urlsplit(url).path).split("/") if name]
    slug = max(names[-2:], key=lambda name: len(re.split(r"[-_+ ]+", name)), default="")
    slug = _IDENTITY.sub("", slug)
    words = [word for word in re.split(r"[-_+ ]+", slug) if word]
    while words and (words[-1].isdigit() and len(words[-1]) > 3):
        words.pop()
    text = line(" ".join(words))
    if len(words) < 3 and (text.isascii() or len(text) < 8):
        return ""
    return text[:1].upper() + text[1:]


def spelled_date(url: str) -> datetime | None:
    """Return the day that the path of the address *url* names, as its midnight in UTC; None where it names none."""
    found = _DAY.search(urlsplit(url).path)
    try:
        return datetime(int(found[1]), int(found[2]), int(found[3]), tzinfo=UTC) if found else None
    except ValueError:
        return None
