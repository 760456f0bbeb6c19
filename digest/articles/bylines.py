"""Who wrote an article, as names alone: no "By", no role, no place; agencies by the names they go by."""

import re

from digest.articles.text import cut, plain

LONGEST = 160
_BY = re.compile(
    r"^\s*(?:(?:words|written|reported|story|text|report|analysis|opinion) by|by|von|par|por|di|da|door|"
    r"av|af|od|text|texte|autor(?:in)?|auteur|"
    r"author|redaktion|מאת|بقلم|автор|текст)\b[\s:]+",
    re.IGNORECASE,
)
_MAILBOX = re.compile(r"^[^\s@]+@[^\s(]+\s*\((.+)\)$|^(.+?)\s*[(<][^\s@()<>]+@[^\s()<>]+[)>]$")
_NAMES = (
    "Reuters|AFP|AP|dpa|EFE|ANSA|TASS|Xinhua|Bloomberg|UPI|PTI|JTA|JNS|Kyodo|Yonhap|Lusa|Belga|ANP|APA|PA Media|רויטרס|"
    "סוכנויות הידיעות|رويترز|أ ف ب"
)
_ALSO = {
    "associated press": "AP",
    "the associated press": "AP",
    "ap news": "AP",
    "agence france-presse": "AFP",
    "agence france presse": "AFP",
    "afp news agency": "AFP",
    "thomson reuters": "Reuters",
    "reuters staff": "Reuters",
    "press association": "PA Media",
}
_AGENCIES = {name.casefold(): name for name in _NAMES.split("|")} | _ALSO
_ROLE = re.compile(
    r"^(?:(?:the )?(?:staff|senior|chief|deputy|political|foreign|diplomatic|military|legal|health|"
    r"science|sports?|business|economics?|technology|"
    r"culture|arts|education|crime|court|world|national|local|breaking news|news|night|contributing|"
    r"special|europe|asia|us|uk|middle east)\s+){0,3}"
    r"(?:reporters?|writers?|correspondents?|editors?|journalists?|columnists?|contributors?|producers?|"
    r"staff|desk|team|bureau(?: chief)?|analyst|"
    r"redakteur(?:in)?|korrespondent(?:in)?|journaliste|correspondant(?:e)?|redactor(?:a)?|corresponsal|"
    r"כתב(?:ת)?|עורך|עורכת|פרשן|פרשנית)(?:\s+(?:in|at|for|à|en)\s.+)?$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\s+(?:in|à|aus)\s+[A-ZÀ-Ý][\w .'’-]{2,40}$")
_PARTED = re.compile(r"\s*(?:\||;|•|·|\s/\s|\n)\s*")
_LISTED = re.compile(r"\s*,\s*")
_AND = re.compile(r"\s+(?:and|und|et|y|e|en|och|og|ja|i|a|és|și|ve|и|і|ו|&)\s+(?=[A-ZÀ-ÝА-ЯЁ])")


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
        listed = _LISTED.split(part)
        kept = [_PLACE.sub("", one).strip() for one in listed if not _ROLE.match(one.strip())]
        for one in kept:
            said = _agency(_BY.sub("", one).strip(" ,;|\"'"))
            if (
                said
                and "://" not in said
                and not ("@" in said and " " not in said)
                and not _own(said, outlet)
            ):
                names[said] = None
    return cut(", ".join(names), LONGEST)


def agency(name: str) -> bool:
    """Return whether *name* is a news agency's, and no person's."""
    return name.casefold() in _AGENCIES or name in _AGENCIES.values()


def _agency(name: str) -> str:
    """Return *name*, agencies in it by the names they go by: "The Associated Press" is "AP"."""
    whole = _AGENCIES.get(name.casefold())
    if whole or not _AND.search(name):
        return whole or name
    parts = [_AGENCIES.get(part.casefold(), part) for part in _AND.split(name)]
    joints = [found[0] for found in _AND.finditer(name)]
    return parts[0] + "".join(joint + part for joint, part in zip(joints, parts[1:], strict=True))


def _own(name: str, outlet: str) -> bool:
    one, other = (re.sub(r"^the\s|\sstaff$|\W", "", text.casefold()) for text in (name, outlet))
    return bool(other) and one == other
