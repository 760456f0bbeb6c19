"""Why what came back is no article: a wall, a soft 404, nothing at all. In words, for the source's summary."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from digest.articles.pages.lines import Outline
from digest.articles.pages.linked import Linked
from digest.articles.pages.metas import Metas
from digest.articles.sources import _refused


@dataclass(frozen=True, slots=True)
class Found:
    """What was found of an article: its headlines, whether it has a date, and how many letters of text."""

    titles: tuple[str, ...]
    dated: bool
    letters: int


DEEPEST = 3_000
_MOST_TAGS = 30_000  # below that no page is deep enough to take long
_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]{0,2000}?(/?)>")
_VOID = frozenset(
    b"area base br col embed hr img input link meta param source track wbr p li td tr th dt dd option".split()
)
_NOT_FOUND = re.compile(
    r"\b404\b|\b(?:page|article|content|story) (?:is )?(?:not found|no longer available|"
    r"not available|does not exist|could ?n.t be found)"
    r"|seite (?:wurde )?nicht gefunden|page (?:non trouvée|introuvable)|página no encontrada|"
    r"pagina non trovata|página não encontrada|pagina niet gevonden"
    r"|העמוד (?:המבוקש )?לא נמצא|הדף לא נמצא|الصفحة غير موجودة|страница не найдена|页面不存在|"
    r"页面未找到|ページが見つかりません|페이지를 찾을 수 없",
    re.IGNORECASE,
)
_COOKIES = re.compile(
    r"cookie|consent|before you continue|bevor sie (?:fortfahren|weiterlesen)|"
    r"datenschutz-einstellungen|privacy settings|zustimm|avant de continuer|gdpr",
    re.IGNORECASE,
)
_LOG_IN = re.compile(
    r"^(?:please )?(?:log ?in|sign ?in|anmelden|einloggen|connexion|iniciar sesi[oó]n|accedi|"
    r"התחברות|כניסה|تسجيل الدخول|войти|登录|ログイン|로그인)\b",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r"(?:enable|requires?|turn on|need) (?:javascript|js)\b|javascript (?:is )?(?:disabled|required|aktivieren)",
    re.IGNORECASE,
)


def too_deep(content: bytes) -> bool:
    """Return whether elements of *content* stand in one another so deep that reading them would take minutes."""
    if content.count(b"<") < _MOST_TAGS:
        return False
    depth = 0
    for found in _TAG.finditer(content):
        if found[3] or found[2].lower() in _VOID:
            continue
        depth = max(0, depth - 1) if found[1] else depth + 1
        if depth > DEEPEST:
            return True
    return False


def problem(content: bytes, url: str, linked: Linked, metas: Metas, outline: Outline, found: Found) -> str:
    """Return in words why a page is no article's, "" where it may be one.

    What has a date and a text is one, whatever else stands on the page: a log-in in its head, a robot check's script.
    """
    if not content.strip(b"\x00 \t\r\n"):
        return "the page is empty"
    head = " ".join(found.titles[:3])
    if _NOT_FOUND.search(head) and found.letters < 3_000 and not linked.article.get("datePublished"):
        return "the page says that there is nothing (a soft 404)"
    said = bool(linked.article.get("headline")) or metas.first("og:type").lower() == "article"
    if found.letters >= 600 or (found.dated and (said or found.letters >= 250)):
        return ""
    return _wall(content[:200_000].lower(), url, outline, found, head, said=said) or (
        "" if head else "the page has no headline"
    )


def _wall(small: bytes, url: str, outline: Outline, found: Found, head: str, *, said: bool) -> str:
    """Return what stands in the place of an article; *said* is whether the page's data speak of one all the same."""
    if _refused.challenge(small) and not found.dated:
        return _refused.WORDS
    if _LOG_IN.search(head) or (
        not said and not found.dated and not found.letters and _refused.log_in(small, url)
    ):
        return "the page wants its reader to log in"
    place = urlsplit(url)
    if not said and not found.dated and (_COOKIES.search(head) or _COOKIES.search(place.netloc + place.path)):
        return "the page asks for consent to cookies and shows no article"
    shown = sum(len(line.text) for line in outline.lines if line.apart < 3)
    scripted = b"<script" in small or any(_SCRIPT.search(line.text) for line in outline.lines)
    if shown < 200 and scripted and not said and not found.dated:
        return "the page holds nothing but scripts"
    return ""
