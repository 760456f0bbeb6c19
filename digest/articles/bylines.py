"""Who wrote an article, as names alone: no "By", no role, no place; agencies by the names they go by."""

import re

from digest.articles.text import cut, plain
from digest.model.agencies import AND, agency

LONGEST = 160
_BY = re.compile(
    r"^\s*(?:(?:words|written|reported|story|text|report|analysis|opinion|(?:additional )?reporting) by|by|von|"
    r"par|por|(?:di|da|door|av|af|od)(?=\s+\S+\s+\S)|"
    r"(?:text|texte|texto|testo|autor(?:in)?|auteur|author|redaktion|автор|текст|লেখা)(?=\s*:)|מאת|بقلم|автор|лично)"
    r"(?:\b|(?<=[\u0980-\u09ff]))[\s:]+",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"^[^\s@]+@[^\s(]+\s*\((.+)\)$|^(.+?)\s*[(<][^\s@()<>]+@[^\s()<>]+[)>]$")
_KIND = (
    r"(?:staff|guest|op-ed|opinion|senior|chief|deputy|political|foreign|"
    r"diplomatic|military|legal|health|science|sports?|business|economics?|technology|tech|culture|arts|education|crime|"
    r"court|world|national|local|breaking news|news|web|online|digital|multimedia|monitoring|video|photo|night|"
    r"contributing|special|international|politics|features?|city|desk|bureau|europe|asia|us|uk|middle east|own)"
)
_NOUN = (
    r"(?:reporters?|writers?|correspondents?|editors?|journalists?|columnists?|contributors?|producers?|photographers?|"
    r"staff|desk|newsdesk|webdesk|newsroom|team|bureau(?: chief)?|report|agency|service|analyst|author|admin|"
    r"redakteur(?:in)?|korrespondent(?:in)?|redaktion|"
    r"journaliste|correspondant(?:e)?|rédaction|redactor(?:a)?|corresponsal|redacción|redazione|redação|redakcja|redactie|"
    r"redaksi|redaktionen|toimitus|szerkesztőség|redakce|редакция|корреспондент|"
    r"כתב(?:ת)?|כתבי|עורך|עורכת|פרשן|פרשנית|מערכת|ডেস্ক|রিপোর্ট|প্রতিবেদক|প্রতিনিধি|সংবাদদাতা|प्रतिनिधि|डेस्क|مراسل|هيئة التحرير)"
)
_ROLE = re.compile(
    rf"^(?:(?:the|our|an?|unser(?:e)?|notre|nuestr[oa]|nosso|la|il|le|die|de|el|da|a)\s)?(?:{_KIND}[\s-]+){{0,3}}{_NOUN}"
    r"(?:\s+(?:in|at|for|à|en)\s.+)?$|^(?:la\s|da\s)?(?:redacci[oó]n|redazione|rédaction|redação|redaktion|redakcja)\s",
    re.IGNORECASE,
)
# What a desk signs with in languages that put the noun last, whatever stands before it.
_DESK = re.compile(
    r"(?:ডেস্ক|রিপোর্ট|প্রতিবেদক|প্রতিনিধি|সংবাদদাতা|डेस्क|संवाददाता)$|\b(?:news|web|monitoring)\s?desk$", re.IGNORECASE
)
_NOBODY = re.compile(
    r"^(?:admin(?:istrator)?|webmaster|editor|root|wordpress|wp-?admin|user\d*|guest|unknown|n/?a|none|null|undefined|"
    r"anonymous|no author|newsdesk|(?:published|updated|posted|last|first)\b.*|.*\b(?:ago|min(?:ute)?s? read)|\d.*|"
    r"(?:edited|editing) by .*|(?:photo|foto|picture|image|bild|video|graphic)s?(?:\s+(?:by|von|de|di))?\s*:.*)$"
    r"|^[\W\d_]+$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\s+(?:in|à|aus|from|reporting from)\s+[A-ZÀ-Ý][\w .'’-]{2,40}$")
_ASIDE = re.compile(r"\s*[(\[]([^()\[\]]{1,60})[)\]]")
_HANDLE = re.compile(r"\s*@\w{2,30}\b")
_PARTED = re.compile(r"\s*(?:\||;|•|·|\s/\s|\n|\s[–—-]\s)\s*")
_LISTED = re.compile(r"\s*,\s*")
_SLASHED = re.compile(r"(?<=[^\W\d_])/(?=[^\W\d_])")


def byline(text: str, outlet: str = "") -> str:
    """Return *text* as names alone: "By Reuters | AFP" is "Reuters, AFP", a bare address or the *outlet* is nobody.

    Names stay joined as they are ("AP and ILH Staff"); parts that are a role, a place or the outlet are left out.
    """
    name = plain(text[:2_000])
    found = _MAILBOX.match(name)
    if found:
        name = found[1] or found[2]
    name = _BY.sub("", name).strip(" ,;|\"'")
    names: dict[str, None] = {}
    for part in _PARTED.split(name):
        for one in (one for piece in _LISTED.split(part) for one in _opened(piece)):
            said = _name(one, outlet)
            if said and not (names and _place(said, list(names)[-1])):
                names[said] = None
    return cut(", ".join(names), LONGEST)


def _opened(part: str) -> list[str]:
    """Return the names in *part*: agencies joined by a slash, and one that stands in brackets behind a person."""
    slashed = _SLASHED.split(part)
    if len(slashed) > 1 and any(agency(one) for one in slashed):
        return slashed
    inside = [found[1] for found in _ASIDE.finditer(part) if agency(found[1])]
    return [_ASIDE.sub("", part), *inside]


def _name(text: str, outlet: str) -> str:
    """Return one name as it is printed, "" where it is nobody's."""
    said = _BY.sub("", _HANDLE.sub("", text)).strip(" ,;|\"'")
    if agency(said):
        return agency(said)
    address = "://" in said or ("@" in said and " " not in said)
    if (
        not said
        or address
        or any(pattern.search(said) for pattern in (_ROLE, _DESK, _NOBODY))
        or _own(said, outlet)
    ):
        return ""
    return _joined(said, outlet)


def _joined(name: str, outlet: str) -> str:
    """Return names joined by "and" with agencies by the names they go by, without the outlet among them."""
    parts = [agency(part) or _PLACE.sub("", part).strip() for part in AND.split(name)]
    joints = [found[0] for found in AND.finditer(name)]
    kept = [at for at, part in enumerate(parts) if not (_own(part, outlet) or _NOBODY.search(part))]
    return "".join(("" if at == kept[0] else joints[at - 1]) + parts[at] for at in kept)


def _place(name: str, before: str) -> bool:
    """Return whether *name* is the place behind a name of several words: "Anna Meier, Berlin"."""
    alone = " " not in name.strip() and len(name) > 3 and not name.isupper() and not name[:1].islower()
    return alone and " " in before.strip() and not agency(name) and not agency(before)


def _own(name: str, outlet: str) -> bool:
    """Return whether *name* is the outlet's: whole, by its initials, or with the name of an edition of it."""
    one, other = _bare(name), _bare(outlet)
    if not other or not one:
        return False
    short = _STAFF.sub("", name)
    words = {word.casefold() for word in re.findall(r"\w+", outlet)}
    initials = "".join(word[0] for word in re.findall(r"[^\W\d_]+", outlet) if word[0].isupper())
    if short != name and (
        short in {initials, initials.removeprefix("T")}
        or {word.casefold() for word in short.split()} <= words
    ):
        return True
    longer, shorter = sorted((one, other), key=len, reverse=True)
    rest = longer.removeprefix(shorter)
    return one == other or (len(shorter) > 2 and rest != longer and rest in _EDITIONS)


_STAFF = re.compile(r"\s+(?:staff|team|desk|newsroom|editors?|reporters?|correspondents?)$", re.IGNORECASE)
_EDITIONS = frozenset(
    (
        "us",
        "uk",
        "usa",
        "eu",
        "english",
        "inenglish",
        "international",
        "online",
        "digital",
        "web",
        "com",
        "news",
        "newspaper",
        "tv",
        "world",
        "global",
        "team",
        "desk",
        "admin",
        "newsdesk",
        "webdesk",
        "onlinedesk",
        "digitaldesk",
        "editors",
        "editorialboard",
        "newsroom",
        "redaktion",
        "redaction",
        "redazione",
        "redaccion",
    )
)


def _bare(text: str) -> str:
    return re.sub(r"^the\s|\s(?:staff|reporters?|correspondent|contributors?)$|\W", "", text.casefold())
