"""Which column is what, in the words that exports use, and what their cells mean."""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

from subscribers.transfer.entry import Entry, Status

_HEADINGS = {
    "address": (
        "emailaddress email mail emailaddr subscriberemail contactemail useremail primaryemail emailaddress1 "
        "adresseemail adressemail adressedemail adresseelectronique courriel correo correoelectronico "
        "emailadresse mailadresse epost indirizzoemail "
        "דואל דוארלקטרוני דואראלקטרוני מייל אימייל כתובתמייל כתובתאימייל כתובתדואל "
        "البريدالالكتروني البريدالإلكتروني بريد почта электроннаяпочта"
    ),
    "first_name": "firstname fname givenname prenom vorname nombres שםפרטי имя الاسمالاول",
    "last_name": (
        "lastname lname surname familyname nomdefamille nom nachname apellido apellidos שםמשפחה фамилия"
    ),
    "name": (
        "name fullname displayname contactname subscribername nomcomplet nomprenom nometprenom nombre "
        "nombrecompleto שם שםמלא الاسم"
    ),
    "tags": "tags labels segments tag label groups etiquettes תגיות",
    "language": "language lang locale langue sprache idioma שפה",
    "created_at": (
        "createdat optintime subscribedat subscribedon subscribeddate subscriptiondate datesubscribed "
        "subscribedate signupdate signupdateutc signedup signedupat joinedat dateadded "
        "addedtime addedat addedon "
        "datecreated created createddate creationdate createdon registered registeredat dateregistered "
        "registrationdate dateinscription datedinscription inscritle datedecreation optindate "
        "startdate joindate "
        "dateofsubscription fechadealta anmeldedatum תאריךהרשמה"
    ),
    "confirmed_at": "confirmtime confirmedat confirmationtime dateconfirmed confirmeddate optinconfirmedat",
}
NAMES = {field: tuple(words.split()) for field, words in _HEADINGS.items()}

EMPTY = frozenset({"", "-", "null", "none", "n/a", "na", "nan", "never", "\\n"})
_LONGEST_EMPTY = max(map(len, EMPTY))
YES = frozenset({"yes", "true", "1", "y", "t", "oui", "ja", "si", "sí", "כן", "x", "on"})
NO = frozenset({"no", "false", "0", "n", "f", "non", "nein", "לא", "off"})

_WORDS = {
    Status.SUBSCRIBED: (
        "subscribed active enabled confirmed optedin optin live valid abonne inscrit actif מנוי פעיל"
    ),
    Status.UNSUBSCRIBED: (
        "unsubscribed unsubscribe inactive optedout optout cancelled canceled disabled "
        "blocklisted blacklisted "
        "blocked suppressed desabonne desinscrit desabonnee desinscrite removed donotmail "
        "nonsubscribed archived הוסר לאפעיל"
    ),
    Status.BOUNCED: "bounced cleaned hardbounced hardbounce bounce invalid undeliverable",
    Status.COMPLAINED: "complained complaint spam spamcomplaint markedasspam abuse reported",
    Status.PENDING: (
        "pending unconfirmed needsconfirmation notconfirmed awaitingconfirmation waiting enattente"
    ),
    Status.DELETED: "deleted supprime",
}
STATUS_WORDS = {word: status for status, words in _WORDS.items() for word in words.split()}

# Columns that hold a time when it happened, or say yes or no: (the columns, the status where it is so).
HAPPENED = (
    ("deletedat datedeleted", Status.DELETED),
    ("complainedat spamreportedat complaintdate", Status.COMPLAINED),
    ("cleantime cleanedat bouncedat hardbouncedat bouncedate", Status.BOUNCED),
    (
        "unsubtime unsubscribedat unsubscribedon unsubscribedate unsubscribeddate unsubscribetime "
        "dateunsubscribed cancelledat optoutdate optouttime datededesinscription datedesinscription",
        Status.UNSUBSCRIBED,
    ),
)
FLAGS = (
    ("complained spamcomplaint", True, Status.COMPLAINED),
    ("bounced hardbounced hardbounce", True, Status.BOUNCED),
    (
        "emaildisabled emailblacklisted blacklisted blocklisted unsubscribed optedout optout emailoptout "
        "desabonne desinscrit",
        True,
        Status.UNSUBSCRIBED,
    ),
    (
        "subscribedtoemails subscribed emailsubscribed optedin optin acceptsmarketing acceptsemailmarketing "
        "abonne inscrit",
        False,
        Status.UNSUBSCRIBED,
    ),
    ("confirmed emailconfirmed doubleoptin", False, Status.PENDING),
)
STATES = [
    "status",
    "subscriptionstatus",
    "emailmarketingstatus",
    "subscriberstatus",
    "state",
    "liststatus",
    "statut",
    "etat",
    "emailstatus",
    "סטטוס",
]


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a heading without case, accents, blanks and marks: "E-Mail Address" is "emailaddress"."""
    folded = unicodedata.normalize("NFKD", text.strip("\ufeff \t").casefold())
    return "".join(mark for mark in folded if mark.isalnum())


_ORDER = tuple(reversed(Status))  # the gravest first


def _flag(text: str) -> bool | None:
    lower = text.lower()
    return True if lower in YES else False if lower in NO else None


def tags(text: str) -> tuple[str, ...]:
    """Return the tags in a cell: a list in a list, with its own quotation marks or brackets."""
    text = text.strip().strip("[]")
    if not text:
        return ()
    delimiter = "," if "," in text else ";" if ";" in text else "|"
    parts = next(csv.reader([" ".join(text.split())], delimiter=delimiter, skipinitialspace=True), [])
    return tuple(part.strip(" '\"") for part in parts if part.strip(" '\""))


_SHORT = re.compile(
    r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?)?"
)
_WORDED = (
    "%b %d %Y",
    "%B %d %Y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d %Y %H:%M",
    "%b %d %Y %I:%M %p",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d",
)


def _worded(text: str) -> datetime:
    """Return a time with its month in English, or with slashes after the year."""
    for form in _WORDED:
        with suppress(ValueError):
            return datetime.strptime(text.replace(",", ""), form).replace(tzinfo=UTC)
    raise ValueError(text)


def time(text: str, *, month_first: bool = False) -> datetime | None:
    """Return the time in a cell, taken as UTC where it names no zone; None for none or an absurd one."""
    if not text:
        return None
    try:
        if text[4:5] == "-" and text[:4] != "0000":
            if len(text) <= 19:  # no zone: said here at once, as most lists have a time or two in each row
                return datetime.fromisoformat(f"{text}+00:00" if len(text) > 10 else f"{text}T00:00+00:00")
            return _zoned(datetime.fromisoformat(_offset(text)))
        short = _SHORT.fullmatch(text)
        if short:
            one, two, year = int(short[1]), int(short[2]), int(short[3])
            day, month = (two, one) if (month_first and two <= 31 and one <= 12) or two > 12 else (one, two)
            hour, minute, second = (int(part or 0) for part in short.group(4, 5, 6))
            if short[7]:
                hour = hour % 12 + (12 if short[7] in "pP" else 0)
            return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
        if text.isdecimal() and len(text) in (10, 13):
            return datetime.fromtimestamp(int(text[:10]), UTC)
        return _worded(text)
    except (ValueError, OverflowError):
        return None


def _offset(text: str) -> str:
    """Return *text* with its zone as ISO 8601 writes it."""
    text = re.sub(r"\s+(UTC|GMT|Z)$", "+00:00", text)
    return re.sub(r"\s+([+-]\d\d):?(\d\d)$", r"\1:\2", text)


def _zoned(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


Places = tuple[int, ...]


class Columns:
    """The columns of one file by their headings, found once: `entry` then only looks at the cells."""

    def __init__(
        self,
        headings: Sequence[str],
        names: Mapping[str, tuple[str, ...]],
        words: Mapping[str, Status],
        *,
        month_first: bool,
    ) -> None:
        def places(wanted: Iterable[str]) -> Places:
            return tuple(headings.index(name) for name in wanted if name in headings)

        self.words, self.month_first = words, month_first
        self.fields = {field: found for field, wanted in names.items() if (found := places(wanted))}
        self.happened = [(found, status) for names, status in HAPPENED if (found := places(names.split()))]
        self.flags = [
            (found, truth, status) for names, truth, status in FLAGS if (found := places(names.split()))
        ]
        self.states = places(STATES)
        self.tells = bool(self.happened or self.flags or self.states)

    def entry(self, cells: Sequence[str]) -> Entry:
        """Return what a row says. Every row of every list comes through here: it takes no step in vain."""
        places = self.fields
        first = _line(cell(cells, places["first_name"])) if "first_name" in places else ""
        last = _line(cell(cells, places["last_name"])) if "last_name" in places else ""
        name = _line(cell(cells, places["name"])) if "name" in places else ""
        told = cell(cells, places["tags"]) if "tags" in places else ""
        created = self._time(cells, "created_at")
        confirmed = self._time(cells, "confirmed_at")
        return Entry(
            _bare(cell(cells, places["address"])) if "address" in places else "",
            self.status(cells) if self.tells else Status.SUBSCRIBED,
            first,
            last,
            name or (f"{first} {last}" if first and last else first or last),
            tags(told) if told else (),
            _line(cell(cells, places["language"])) if "language" in places else "",
            created or confirmed,
            confirmed,
        )

    def _time(self, cells: Sequence[str], field: str) -> datetime | None:
        places = self.fields.get(field)
        return time(cell(cells, places), month_first=self.month_first) if places else None

    def status(self, cells: Sequence[str]) -> Status:
        """Return what the row says of its reader; where it does not tell, it is a list of subscribers."""
        found = [status for places, status in self.happened if cell(cells, places)]
        found += [status for places, truth, status in self.flags if _flag(cell(cells, places)) is truth]
        if self.states:
            told = plain(cell(cells, self.states))
            if told in self.words:
                found.append(self.words[told])
        return min(found, key=_ORDER.index) if found else Status.SUBSCRIBED


def cell(cells: Sequence[str], places: Places) -> str:
    """Return the first of these cells that says something."""
    for place in places:
        if place < len(cells):
            text = cells[place].strip()
            if len(text) > _LONGEST_EMPTY:
                if text[:5] != "0000-":
                    return text
            elif text and text.lower() not in EMPTY:
                return text
    return ""


def _bare(text: str) -> str:
    """Return the address without "mailto:" or the name around it."""
    if text[-1:] == ">":
        text = text[text.rfind("<") + 1 : -1].strip()
    if text[:7] == "mailto:":
        text = text[7:].strip()
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text  # as our own export neutralises


def _line(text: str) -> str:
    """Return a name in one line, without control characters."""
    if text.isprintable():
        return text
    return " ".join("".join(mark if mark.isprintable() else " " for mark in text).split())
