"""Quotation marks and apostrophes of one article, made alike in the form of its language.

Only an article that mixes straight and typographic marks is touched: what a publisher writes in one manner is theirs.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# The forms in use in a language, the usual one first: (before, after), with the blank that goes inside them.
_ENGLISH = ("“", "”", "")
_LOW_HIGH = ("„", "“", "")
_LOW_RIGHT = ("„", "”", "")
_ANGLES = ("«", "»", "")
_ANGLES_IN = ("»", "«", "")
_SPACED = ("«", "»", " ")
_SAME = ("”", "”", "")
_CORNERS = ("「", "」", "")
_HEBREW = ("״", "״", "")
_Form = tuple[str, str, str]
_FORMS: dict[str, tuple[_Form, ...]] = {
    "de": (_LOW_HIGH, _ANGLES_IN, _ANGLES),
    "de-ch": (_ANGLES, _LOW_HIGH),
    "de-li": (_ANGLES, _LOW_HIGH),
    "fr": (_SPACED, _ANGLES),
    "fr-ch": (_ANGLES, _SPACED),
    **dict.fromkeys(
        ("cs", "sk", "sl", "bg", "mk", "lt", "et", "is", "ka", "lb", "hsb"), (_LOW_HIGH, _ANGLES_IN)
    ),
    **dict.fromkeys(("pl", "hu", "ro", "hr", "sr", "bs", "lv"), (_LOW_RIGHT, _ANGLES_IN, _ANGLES, _LOW_HIGH)),
    **dict.fromkeys(("ru", "uk", "be", "el", "hy", "kk", "nb", "no", "nn", "fa", "ps"), (_ANGLES,)),
    **dict.fromkeys(("sv", "fi"), (_SAME, _ANGLES_IN)),
    "da": (_ENGLISH, _ANGLES_IN, _SAME, _LOW_HIGH),
    "sq": (_LOW_HIGH, _ENGLISH, _ANGLES),
    "nl": (_ENGLISH, _LOW_RIGHT),
    **dict.fromkeys(("es", "it", "pt", "ca", "gl", "eu", "tr", "az", "ar"), (_ENGLISH, _ANGLES)),
    **dict.fromkeys(("he", "yi"), (_HEBREW,)),
    "ja": (_CORNERS,),
    "zh-hant": (_CORNERS, _ENGLISH),
    "zh-tw": (_CORNERS, _ENGLISH),
    "zh-hk": (_CORNERS, _ENGLISH),
}
# What stands around a word quoted inside a quotation, or in a headline; others take ‘ and ’.
_SINGLES: dict[str, tuple[str, str]] = {
    **dict.fromkeys(("de", "cs", "sk", "sl", "bg", "is", "lt"), ("‚", "‘")),
    **dict.fromkeys(("pl", "hu", "hr"), ("‚", "’")),
    **dict.fromkeys(("sv", "fi"), ("’", "’")),
}
_IDEOGRAPHS = "\u3000"  # from here on, scripts that put no blank between words
_OPENERS, _CLOSERS = "“”„«»「״", "”“»«」״"
_CURLY = re.compile("[“”„«»「」״]")
_CURLY_SINGLE = re.compile("[‘’‚“”„]")
_BEFORE = re.compile(r"[\s(\[{/—–\-¿¡:‘’‚'\"“„«>]")
_AFTER = re.compile(r"[\s)\]}/—–\-.,;:!?…‘’'\"“”»。、]")
_CODE = re.compile(r"""[\w$]\(["']|=\s?["']|\{\s?["']|\\["']|<[a-z]+ [a-z]+=|`""")
_INCHES = re.compile(r"\d\s?['′]\s?\d{1,2}(?:[.½¼¾]\d*)?\s?$")
_GERSHAYIM = re.compile(r'(?<=[א-ת])["“”„]|(?<![^\s(\[־–—-])["“”„](?=\S)|(?<=[\w.,!?…%])["“”„](?![\w])')
_GERESH = re.compile(r"(?<=[א-ת])'")
_APOSTROPHE = re.compile(
    r"(?<=[^\W\d_])'(?=[^\W\d_]|[“«„][^\W\d_])|(?<![\w'])'(?=\d\ds?\b(?!'))|(?<=\d)'(?=s\b)"
)
_SHORTENED = re.compile(r"(?<!\w)'(?=(?:em|til|tis|twas|cause|bout)\b(?!'))", re.IGNORECASE)
_AND = re.compile(r"(?<!\w)['‘’](n)['’](?!\w)", re.IGNORECASE)


@dataclass(slots=True)
class _Open:
    at: int
    mark: str


def alike(texts: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the *texts* of an article with their quotation marks in one form, where they mix straight and curly ones.

    *language* is the article's tag. Inches and feet (6'2"), code, and marks without a partner stay as they are.
    Doing it again changes nothing.
    """
    made = _made(texts, language)
    return made if _made(made, language) == made else tuple(texts)  # what is that tangled is left alone


def _made(texts: Sequence[str], language: str) -> tuple[str, ...]:
    said = "\n".join(texts)
    if not re.search("[\"']", said) or _CODE.search(said):
        return tuple(texts)
    tongue = language.lower()
    root = tongue.partition("-")[0]
    double = '"' in said and bool(_CURLY.search(said))
    single = "'" in said and (bool(_CURLY_SINGLE.search(said)) or (root in {"he", "yi"} and "׳" in said))
    form = _form(said, tongue, root)
    made = [_doubles(text, form, root) if double else text for text in texts]
    return tuple(_singles(text, root) if single else text for text in made)


def _form(said: str, tongue: str, root: str) -> _Form:
    """Return the form that the publisher uses, where it is one of the language's, else the usual one of it."""
    forms = next((_FORMS[name] for name in (tongue, root) if name in _FORMS), (_ENGLISH,))
    for before, after, blank in forms:
        found = re.search(
            rf"{before}([ \u00a0\u202f]?)[^\s{before}{after}][^\n{before}{after}]*?{after}", said
        )
        if found:
            return before, after, found[1] if "«" in (before, after) else blank
    return forms[0]


def _doubles(text: str, form: _Form, root: str) -> str:
    if root in {"he", "yi"}:
        return _GERSHAYIM.sub("״", text)
    marks = list(text)
    for start, end, depth in _pairs(text, form):
        before, after, blank = form if depth == 0 else (*_nested(form, root), "")
        if not blank and before not in {"«", "»"} and end - start > 2:
            marks[start + 1] = marks[start + 1].strip()
            marks[end - 1] = marks[end - 1].strip()
        marks[start] = before + (blank if not text[start + 1].isspace() else "")
        marks[end] = (blank if not text[end - 1].isspace() else "") + after
    return "".join(marks)


def _nested(form: _Form, root: str) -> tuple[str, str]:
    if form[0] == "«":
        return ("„", "“") if root in {"ru", "uk", "be", "kk"} else ("“", "”")
    return ("『", "』") if form == _CORNERS else _SINGLES.get(root, ("‘", "’"))


def _pairs(text: str, form: _Form) -> list[tuple[int, int, int]]:
    """Return where a mark and its partner are to be changed, and within how many pairs they are.

    A pair of the form is right as it is; so is one inside another, unless it is straight.
    """
    found: list[tuple[int, int, int]] = []
    opened: list[_Open] = []
    for at, mark in enumerate(text):
        if mark != '"' and mark not in _OPENERS and mark not in _CLOSERS:
            continue
        if mark == '"' and _INCHES.search(text[max(0, at - 12) : at]):
            continue
        last = opened[-1] if opened else None
        if last and _closes(text, at, last.mark):
            opened.pop()
            straight = '"' in (last.mark, mark)
            if straight or (not opened and (last.mark, mark) != form[:2]):
                found.append((last.at, at, len(opened)))
        elif _opens(text, at):
            opened.append(_Open(at, mark))
    return found


def _opens(text: str, at: int) -> bool:
    mark, before, after = text[at], text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if mark in "„「" or (mark == "«" and (not before or _BEFORE.match(before))):
        return True
    apart = not before or bool(_BEFORE.match(before)) or before >= _IDEOGRAPHS
    return apart and bool(after) and not after.isspace()


def _closes(text: str, at: int, opener: str) -> bool:
    mark, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    partners = {"„": '“”"', "“": '”"', "«": '»"', "»": '«"', "”": '”"', "「": '」"', "״": '״"', '"': '"”“»״'}
    if mark not in partners.get(opener, ""):
        return False
    if mark in "»」«" and opener in "«「»":
        return True
    return not before.isspace() and (not after or bool(_AFTER.match(after)) or not after.isascii())


def _singles(text: str, root: str) -> str:
    if root in {"he", "yi"}:
        return _GERESH.sub("׳", text) if "׳" in text else text
    text = _SHORTENED.sub("’", _APOSTROPHE.sub("’", _AND.sub(r"’\1’", text)))
    before, after = _SINGLES.get(root, ("‘", "’"))
    text = re.sub(r"(?<![\w'\d])'(?=[^\s'])([^'\n]{1,200}?)(?<=\S)'(?![\w'])", rf"{before}\1{after}", text)
    text = re.sub(r"(?<=[^\W\d_]s)'(?=\s|$)", "’", text)  # farmers' market
    return re.sub(r"(?<=[‘‚])([^‘’‚'\n]{1,200})'(?!\w)", rf"\1{after}", text)
