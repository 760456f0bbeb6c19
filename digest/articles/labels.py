"""What stands around a headline and is no word of it: the outlet's own name, and labels such as LIVE and EXCLUSIVE."""

import re
import unicodedata
from collections.abc import Collection

# What a label is called, and what papers write for it.
_WORDS = {
    "live": "live|live updates?|live blog|liveblog|live coverage|live now|as it happened|en direct|"
    "en vivo|ao vivo|em direto|in diretta|"
    "diretta|live-?ticker|newsticker|minuto a minuto|minute par minute|na żywo|relacja na żywo|direkt|"
    "direkte|canlı|canlı yayın|"
    "онлайн|прямая трансляция|שידור חי|לייב|مباشر|بث مباشر|直播|ライブ|생중계|ζωντανά|live verslag|liveseuranta",
    "breaking": "breaking|breaking news|just in|urgent|news alert|alert|newsflash|eilmeldung|eil|alerte|"
    "alerte info|dernière minute|urgente|"
    "última hora|ultim'ora|ultima ora|son dakika|pilne|срочно|молния|מבזק|דחוף|عاجل|快讯|突发|速報|속보|έκτακτο",
    "exclusive": "exclusive|exclusives|exklusiv|exclusif|exclusivité|exclusivo|exclusiva|esclusiva|"
    "in esclusiva|exclusief|eksklusivt|exklusivt|"
    "эксклюзив|בלעדי|בלעדית|حصري|حصريا|özel|独家|獨家|独占|단독",
    "video": "watch|watch live|video|videos|vidéo|vídeo|wideo|izle|видео|וידאו|צפו|فيديو|شاهد|视频|動画|영상",
    "photos": "photos|photo gallery|in pictures|in photos|gallery|en images|fotos|en fotos|fotogalerie|"
    "bildergalerie|galería|fotogallery|фото|"
    "גלריה|بالصور|图集|写真",
    "update": "updates?|updated|update \\d{1,2}|developing|developing story|aktualisiert|mise à jour|"
    "actualización|aggiornamento|"
    "обновлено|עדכון|מתעדכן",
}
# What wires join to a headline by a hyphen: "Analysis-Envoys meet again", "UPDATE 2-Shares fall".
_SLUGS = (
    "analysis|explainer|factbox|timeline|insight|focus|feature|interview|poll|preview|exclusive|"
    "breakingviews|column|commentary|"
    "special report|wrapup(?: \\d{1,2})?|update(?: \\d{1,2})?|refile|rpt|corrected|correction|advisory|"
    "watch|live|newsmaker|graphic|scoop"
)
_ANY = "|".join(_WORDS.values())
_SIGNS = r"[\s\U0001F300-\U0001FAFF\u2600-\u27BF\u25A0-\u25FF\ufe0f•*!+>»▶●]*"
_FIRST = re.compile(
    rf"^{_SIGNS}(?:[\[(【]\s*({_ANY})\s*[\])】]\s*[:：|–—-]*\s*|({_ANY}){_SIGNS}(?:\s*[:：|｜–—]\s*|\s+[-·]\s+))(?=\S)",
    re.IGNORECASE,
)
_SLUG = re.compile(rf"^({_SLUGS})\s?[-–](?=[^\W\d_]*[A-Z\"'“‘$€£\d])", re.IGNORECASE)
_LAST = re.compile(rf"\s*(?:\s[-–—|·]+\s+({_ANY})|[\[(【]\s*({_ANY})\s*[\])】])\s*[.!]?$", re.IGNORECASE)
_HEAD = re.compile(r"^(.{2,60}?)(?:\s*[:：|｜»]\s+|[：｜]|\s+[-–—•·]\s+)(?=\S)")
_TAIL = re.compile(r"(?:\s+[-–—•·»|:/]+\s+|\s*[|｜_]\s*|\s+[(\[])([^|｜_]{2,60}?)[)\]]?$")
_SHORTEST = 2  # words that a headline keeps


def told(title: str, names: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """Return *title* without the outlet's *names* and without labels at its ends, and these labels as marks."""
    known = {fold for name in names for fold in _folds(name)} - {""}
    marks: dict[str, None] = {}
    for _ in range(4):
        before = title
        title = _without_name(_without_label(title, marks), known)
        if title == before:
            break
    return title, tuple(marks)


def names_of(outlet: str, channel: str, host: str) -> tuple[str, ...]:
    """Return what an outlet calls itself: its name, its channel's title or the part that is the name, its host."""
    place = host.removeprefix("www.")
    parts = re.split(r"\s+[-–—|:»·>/]+\s+|\s*:\s+", channel)
    own = {_fold(outlet), _fold(place), _fold(place.split(".")[0])} - {""}
    kin = [
        part
        for part in parts
        if any(_fold(part) in name or name in _fold(part) for name in own if len(name) > 2)
    ]
    return tuple(
        dict.fromkeys(name for name in (outlet, channel, *kin, place, place.split(".")[0]) if len(name) > 2)
    )


def keeps(title: str) -> bool:
    """Return whether what is left of a headline is one."""
    return len(title.split()) >= _SHORTEST or (len(title) >= 5 and not title.isascii())


def _without_label(title: str, marks: dict[str, None]) -> str:
    for pattern in (_FIRST, _SLUG, _LAST):
        found = pattern.search(title)
        if not found:
            continue
        rest = f"{title[: found.start()]}{title[found.end() :]}".strip()
        if keeps(rest):
            marks[_mark(next(word for word in found.groups() if word))] = None
            title = rest
    return title


def _mark(word: str) -> str:
    word = word.strip().lower()
    for mark, words in _WORDS.items():
        if re.fullmatch(words, word, re.IGNORECASE):
            return mark
    return re.sub(r"\s*\d+$", "", word)


def _without_name(title: str, known: set[str]) -> str:
    found = _TAIL.search(title)
    if found and _folds(found[1]) & known and keeps(title[: found.start()]):
        return title[: found.start()].rstrip()
    found = _HEAD.match(title)
    if found and _folds(found[1]) & known and keeps(title[found.end() :]):
        return title[found.end() :].lstrip()
    return title


def _folds(name: str) -> set[str]:
    """Return *name* as it is compared, with its article and without."""
    whole = _fold(name)
    return {whole, re.sub(r"^(?:the|der|die|das|le|la|les|el|il|lo|de|het)\s", "", whole)}


def _fold(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(mark if mark.isalnum() else " " for mark in text).split())
