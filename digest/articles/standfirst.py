"""The standfirst (dek) of an article: the first true paragraph of what a feed gives as summary or content."""

import re
from collections.abc import Collection, Iterator

from digest.articles.text import plain

LONGEST = 500
_READ_FROM = 60_000
_BLOCKS = re.compile(
    r"</?(?:p|div|h[1-6]|blockquote|li|ul|ol|figure|figcaption|table|tr|td|section|article|hr)\b[^<>]*>|"
    r"<br\s*/?>\s*(?:<br\s*/?>\s*)+",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>|\r?\n\s*\r?\n", re.IGNORECASE)
_CAPTION = re.compile(r"<figcaption\b.*?</figcaption\s*>|<figure\b.*?</figure\s*>", re.IGNORECASE | re.DOTALL)
_END = re.compile(r"[.!?…。！？؟।״\"”»]$")
_MORE = (
    r"continue reading|read (?:more|the full (?:story|article)|on|full story|the rest)|keep reading|"
    r"click here|full story|more:|"
    r"weiterlesen|mehr lesen|lesen sie (?:mehr|auch)|zum artikel|lire la suite|en savoir plus|"
    r"lire (?:aussi|plus)|leer más|seguir leyendo|"
    r"leggi (?:tutto|anche|di più)|continua a leggere|leia mais|continue lendo|ler mais|lees (?:meer|"
    r"verder)|läs mer|les mer|læs mere|"
    r"lue lisää|czytaj (?:więcej|dalej|także)|celý článek|číst (?:dál|více)|čítať viac|tovább|"
    r"citește mai mult|devamını oku|"
    r"читать (?:далее|дальше|полностью)|подробнее|читати далі|διαβάστε (?:περισσότερα|επίσης)|"
    r"קרא(?:ו)? עוד|להמשך קריאה|לכתבה המלאה|اقرأ (?:المزيد|أيضا)|للمزيد|ادامه مطلب|baca selengkapnya|"
    r"xem thêm|続きを読む|阅读全文|閱讀全文|查看全文|더 보기"
)
_TAILS = re.compile(
    rf"\s*(?:The post .{{1,300}}? (?:appeared first on|first appeared on) .{{1,120}}"
    rf"|(?:L['’]article|El artículo|L['’]articolo|O post|Der Beitrag|Artykuł|Het bericht) .{{1,300}}? "
    rf"(?:est apparu en premier sur|se publicó primero en|proviene da|apareceu primeiro em|"
    rf"erschien zuerst auf|pochodzi z serwisu|verscheen eerst op) .{{1,120}}"
    rf"|(?:{_MORE})(?:\b|(?<=\W)).{{0,160}}|Source: .{{1,60}}|via @\w+)\s*[.…»→>]*\s*$",
    re.IGNORECASE,
)
_URL = re.compile(r"\s*\(?https?://[^\s)]+\)?\s*$")
_CUT = re.compile(r"\s*(?:\[\s*(?:…|\.{3,})\s*\]|\(\s*(?:…|\.{3,})\s*\)|…|\.{3,}|&hellip;)\s*[\])]?\s*$")
_SENTENCE = re.compile(r"[.!?。！？؟।](?=[\s\"'”’»)]|$)[\"'”’»)]*|(?<=[。！？])")
_ABBREVIATED = re.compile(
    r"(?:\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|Lt|Col|Sgt|Prof|No|vs|Jr|Sr|Inc|U\.S|U\.K|U\.N|a\.m|"
    r"p\.m|Jan|Feb|Aug|Sept|Oct|Nov|Dec))\.$"
)
# Lines that are no paragraph of the text.
_BYLINE = re.compile(
    r"^(?:by|words by|written by|story by|text|von|par|por|di|da|door|av|af|od|autor|author|auteur|מאת|"
    r"بقلم|автор|текст)\b[:\s]+[^.!?]{2,90}$",
    re.IGNORECASE,
)
_NOTE = re.compile(
    r"^(?:(?:file|handout)?\s*(?:photo(?:s|graph|graphs)?|picture|image|video|illustration|credit|"
    r"caption|foto|fotos|bild|bilder|crédit(?: photo)?|imagen|immagine|"
    r"צילום|תמונה|קרדיט|صورة|تصوير|фото|写真|图片)\s*(?:by|credit|de|von|di)?\s*[:：/©(]|©|\(?(?:reuters|afp|"
    r"getty images|ap photo)\b[^.]{0,60}\)?$)",
    re.IGNORECASE,
)
_CHORE = re.compile(
    r"^(?:share(?: this| on|:|$)|tweet(?: this|$)|follow us|sign up|subscribe|newsletter|advertisement|"
    r"print this|email this|comments?$|"
    r"listen to (?:this|the) |\d+ min(?:ute)?s? read|(?:first )?published|posted|(?:last )?(?:updated|"
    r"modified)|teilen|anhören|partager|publié|mis à jour|"
    r"compartir|publicado|actualizado|condividi|pubblicato|aggiornato|compartilhe|udostępnij|поделиться|"
    r"опубликовано|שתפו|פורסם|עודכן|شارك|نشر)\b[^.!?]{0,80}[.!?]?$",
    re.IGNORECASE,
)
_AGENCIES = (
    "reuters|ap|afp|dpa|upi|ansa|efe|apa|tass|interfax|xinhua|pti|ani|ians|bloomberg|lusa|ats|belga|anp|"
    "ntb|tt|pap|čtk|mti|cna|kyodo|jiji|yonhap|jta|jns|europa press|adnkronos|agi|askanews|notimex|télam|ritzau|stt|"
    "anadolu|aa|irna|mna|wafa|ukrinform|unian|aap|pa media|keystone-sda|sda|agência brasil|folhapress|"
    r"thomson reuters foundation|associated press|agence france-presse|рейтерс|тасс|риа новости|"
    r"סוכנויות|רויטרס|رويترز|أ ?ف ?ب|د ?ب ?أ"
)
_DATELINE = re.compile(
    rf"^(?:[^\W\d_][^()\n]{{1,50}}?\s?)?\((?:{_AGENCIES})(?:\s?/\s?[\w ]{{2,20}})?\)\s*[-–—:]+\s*"
    rf"|^(?:[^\W\d_][\w .'’-]{{1,40}}\s*,\s*)?[^\W\d_][\w .'’-]{{0,40}}\s*,?\s*\d{{1,2}}\s*"
    rf"[^\W\d_]*\.?\s*\((?:{_AGENCIES})\)\s*[-–—:]+\s*",
    re.IGNORECASE,
)
_CAPITALS = re.compile(
    r"^[A-Z][A-Z.'’-]{2,}(?:[ ,]+[A-Z][A-Za-z.'’-]*){0,4}\s*[–—]\s*|"
    r"^[A-Z][A-Z.'’-]{2,}(?:,? [A-Z][A-Z.'’-]+){0,3}\s+--?\s+"
)
# An agency that nobody knows here, behind a place in capitals, with a date, or of one word: "TEHRAN, Aug. 12 (MNA) – ".
_CREDITED = re.compile(
    r"^(?:[A-ZÀ-Þ][A-ZÀ-Þ.'’ -]{2,30}|[A-ZÀ-Þ][\w.'’-]{2,30}(?=[ ,]+(?:\(|[^\W\d_]+\.? \d|\d)))"
    r"(?:,? (?:[^\W\d_]{3,12}\.? \d{1,2}|\d{1,2}\.? [^\W\d_]{3,12}\.?)(?:,? \d{4})?)?\s*\([A-Z]{2,8}\)\s*[-–—:]+\s*"
)
# "KHARTOUM: A drone attack ...", "New Delhi: The court ..."; what is no place is spared.
_COLON = re.compile(
    r"^(?!(?:UNICEF|UNESCO|UNHCR|UNRWA|NATO|NASA|OPEC|ASEAN|BRICS|FIFA|UEFA|AIDS|COVID|OSCE|OECD|IAEA|NOAA|FEMA|ISIS|"
    r"HAMAS|LIVE|WATCH|VIDEO|PHOTOS?|BREAKING|EXCLUSIVE|OPINION|ANALYSIS|UPDATED?|WARNING|NOTE|FACT|MORE|READ|ALSO)\b)"
    r"(?:[A-ZÀ-Þ]{4,}(?:[ -][A-ZÀ-Þ]{2,}){0,2}|New Delhi|Mumbai|Kolkata|Chennai|Bengaluru|Hyderabad|Islamabad|Karachi|"
    r"Lahore|Peshawar|Quetta|Dhaka|Kathmandu|Colombo|Srinagar|Lucknow|Patna|Kabul|Tehran|Baghdad|Dubai|Abu Dhabi|Doha|"
    r"Cairo|Nairobi|Lagos|Johannesburg|Singapore|Kuala Lumpur|Jakarta|Manila|Hong Kong|Ottawa|Canberra)"
    r"(?:, [A-Z][a-z]{2,8}\.? \d{1,2})?:\s+(?=[\"'‘“A-ZÀ-Þ\d])"
)
_BULLET = re.compile(r"^([•▪◦●■►➤‣∙])\s*")
_DETAILS = re.compile(
    r"(?:details?|more|mehr|plus|lire|leggi|ver más|saiba mais|বিস্তারিত(?: পড়ুন)?|আরও পড়ুন|विस्तार से|और पढ़ें|आगे पढ़ें|"
    r"மேலும் படிக்க|تفاصيل|التفاصيل|ادامه|פרטים|詳細|詳しくはこちら|详情|자세히)[\s.:…»>→]*",
    re.IGNORECASE,
)


def standfirst(
    summary: str, content: str, title: str, captions: Collection[str] = (), byline: str = ""
) -> str:
    """Return the dek in plain text: the summary where it is one, else the first true paragraph of the text.

    *captions* and *byline* are what else the feed says of the article: no paragraph of it. A text that the publisher
    cut is mended from *content*, or ends with its last whole sentence; with none, there is no dek.
    """
    apart = {*captions, byline}
    paragraphs = list(_true(summary, title, apart))
    longer = list(_true(content, title, apart)) if content and content != summary else []
    if not paragraphs:
        paragraphs = longer[:1]
    elif content == summary or len(paragraphs) > 1 or len(paragraphs[0]) > LONGEST:
        paragraphs = paragraphs[:1]
    if not paragraphs:
        return ""
    return _whole(paragraphs[0], longer)


def unfinished(markup: str, title: str, dek: str) -> bool:
    """Return whether the publisher cut the text in *markup*, and *dek* is not the whole of it either."""
    text = _trimmed(plain(markup[:20_000]), title)
    found = _CUT.search(text)
    return found is not None and len(dek) <= found.start() + 1


def _true(markup: str, title: str, apart: Collection[str]) -> Iterator[str]:
    """Give the paragraphs of *markup* that tell something."""
    kept: list[str] = []
    for block in _BLOCKS.split(_CAPTION.sub(" ", markup[:_READ_FROM])):
        lines = [text for part in _BREAK.split(block) if (text := plain(part))]
        while lines and _untold(lines[0], title, apart):
            lines.pop(0)
        while lines and _untold(lines[-1], title, apart):
            lines.pop()
        text = _trimmed(" ".join(lines), title)
        if text:
            kept.append(text)
    sound = [text for text in kept if len(text) > 40 or (_END.search(text) and len(text) > 20)]
    yield from sound or kept


def _untold(text: str, title: str, apart: Collection[str]) -> bool:
    if text in apart or _repeats(text, title) or _URL.fullmatch(text) or _DETAILS.fullmatch(text):
        return True
    return any(pattern.search(text) for pattern in (_NOTE, _CHORE)) or (
        len(text.split()) < 12 and bool(_BYLINE.match(text))
    )


def _trimmed(text: str, title: str) -> str:
    """Return *text* without the headline, the dateline and the address of the article around it."""
    for _ in range(3):
        before = text
        text = _TAILS.sub("", _URL.sub("", text)).strip()
        text = _COLON.sub("", _CAPITALS.sub("", _CREDITED.sub("", _DATELINE.sub("", text))))
        rest = text[len(title) :]
        if title and len(title) > 8 and text.startswith(title) and (not rest or not rest[0].isalnum()):
            text = (
                rest.lstrip(" .:|–—-•…\n")
                if not rest
                or rest.lstrip()[:1] in set(".:|–—-•…")
                or rest.lstrip()[:1].isupper()
                or not rest.isascii()
                else text
            )
        if text == before:
            break
    text = _of_bullets(text)
    return text if any(mark.isalpha() for mark in text) else ""


def _whole(text: str, longer: list[str]) -> str:
    """Return *text* ended by its publisher, not by a machine that counted letters."""
    found = _CUT.search(text)
    if not found:
        return text
    head = text[: found.start()].rstrip()
    begun = head[:60]
    for paragraph in longer:
        if (
            len(begun) > 20
            and paragraph.startswith(begun)
            and len(paragraph) > len(head)
            and not _CUT.search(paragraph)
        ):
            return paragraph
    ends = [at.end() for at in _SENTENCE.finditer(head) if not _ABBREVIATED.search(head[: at.end()])]
    if ends and ends[-1] >= 25:
        return head[: ends[-1]].rstrip()
    if len(head) < 60:  # a teaser's own pause, unless it stands in brackets
        return text if text.endswith(("…", "...")) else head
    return ""


def _of_bullets(text: str) -> str:
    """Return a list's first points as a sentence: "• One • Two" is "One; Two"."""
    found = _BULLET.match(text)
    if not found:
        return text
    points = [point.strip(" ;") for point in text.split(found[1]) if point.strip(" ;")]
    return "; ".join(points[:2])


def _repeats(text: str, title: str) -> bool:
    """Return whether *text* is the headline, a part of it, or all of it but for some letters and figures."""
    said, whole = _letters(text), _letters(title)
    if not said or len(said) > len(whole):
        return False
    if said == whole or (len(said) >= 8 and said in whole):
        return True
    rest = iter(whole)
    return len(said) > 20 and 4 * len(said) >= 3 * len(whole) and all(mark in rest for mark in said)


def _letters(text: str) -> str:
    return "".join(mark for mark in text.casefold() if mark.isalnum())
