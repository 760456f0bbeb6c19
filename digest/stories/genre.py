"""What kind of piece an article is by its headline: news, a round-up of many events, or a house's own chores.

A round-up resembles everything and tells no event, so it joins no story. Puzzles, printables and the archives of a
house's own newsletters are no news at all.
"""

import re

from digest.model import Article

_HOUSEKEEPING = re.compile(
    r"^(?:(?:today'?s |daily |the |weekly |mini |quick |cryptic |printable )*(?:crosswords?|sudoku|"
    r"wordle|word ?search|puzzles?|kakuro|jigsaw|"
    r"horoscopes?|lottery (?:results|numbers)|tv (?:listings|guide)|e-?paper|front pages?|"
    r"newsletter archive|printables?)\b"
    r"|kreuzworträtsel|rätsel des tages|tageshoroskop|horoskop|lottozahlen|mots croisés|horoscope du|"
    r"crucigrama|horóscopo|cruciverba|oroscopo|"
    r"palavras cruzadas|krzyżówka|horoskop|кроссворд|гороскоп|תשבץ|הורוסקופ|סודוקו|الأبراج|"
    r"كلمات متقاطعة|星座运势|クロスワード)"
    r"|(?:\b(?:crossword|sudoku|puzzle)(?: no\.?| #)? ?[\d,]+|newsletter archive|printable (?:pdf|version|page))$",
    re.IGNORECASE,
)
_ROUND_UP = re.compile(
    r"^(?:(?:the |your |our |today'?s )*(?:(?:morning|evening|daily|weekly|news|world|local|monday|"
    r"tuesday|wednesday|thursday|friday|saturday|sunday)[ ']?s? )+"
    r"(?:briefing|briefs?|round-?up|headlines|digest|recap|wrap(?:-up)?|rundown|update)\b"
    r"|(?:\d+|five|three|ten|seven|six|four) (?:big |top )?(?:things|stories|takeaways) (?:to know|"
    r"you need|to watch|we|from|that)\b|things to know\b|what to know (?:today|this)\b"
    r"|(?:the )?(?:week|day|month|year|weekend) in (?:review|pictures|photos|brief)\b|(?:photos?|"
    r"pictures?|quotes?|images?) of the (?:day|week|month|year)\b"
    r"|(?:today|this day) in history|on this day|letters to the editor|news in brief|in brief\b|"
    r"in pictures\b|top stories\b|what we know (?:on|about) day \d+"
    r"|das wichtigste|nachrichten des tages|kurz (?:notiert|& knapp)|bilder des tages|l'essentiel|"
    r"les titres|l'actu en|en bref|revue de presse|"
    r"lo más (?:leído|destacado)|las noticias|resumen de|la giornata|le notizie|rassegna stampa|"
    r"главное за|итоги|כותרות|סיכום|תמונות היום|أبرز|موجز|نشرة)"
    r"|(?:briefing|round-?up|in pictures|photos of the week|news in brief|things to know|live updates)$"
    r"|\b(?:list of )?key (?:events|developments|moments),? (?:on )?day [\d,.]+$",
    re.IGNORECASE,
)
_MONTH = (
    "january|february|march|april|may|june|july|august|september|october|november|december|jan|feb|"
    "mar|apr|jun|jul|aug|sept?|oct|nov|dec"
)
_DATED = re.compile(
    rf"\b\d{{1,2}}(?:st|nd|rd|th)?(?: of)? (?:{_MONTH})\b\.?(?:,? \d{{4}})?|"
    rf"\b(?:{_MONTH})\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?"
    r"|\b\d{1,2}[./]\d{1,2}[./](?:\d{4}|\d{2})\b|\b\d{4}-\d{2}-\d{2}\b|\d{4}年\d{1,2}月\d{1,2}日",
    re.IGNORECASE,
)
_CALENDAR = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|last|updated?|posted|published|at|on"
    r"|(?:19|20)\d\d|\d{1,2}[:.] ?\d{2}(?: ?[ap]\.?m\b)?|\d{1,2} ?[ap]\.?m|[ap]m|gmt|utc|bst|[ecmp][sd]t)\b",
    re.IGNORECASE,
)
_GENRE = re.compile(
    r"\b(?:morning|daily|evening|news) (?:briefing|round-?up)\b|\bthings to know\b|\blive (?:updates?|"
    r"blog)\b|\bin pictures\b|\bwhat we know so far\b|\bas it happened\b",
    re.IGNORECASE,
)


def housekeeping(article: Article) -> bool:
    """Return whether *article* is a puzzle, a printable, or the archive of a newsletter: no news."""
    return _HOUSEKEEPING.search(article.title.strip()) is not None


def apart(article: Article) -> bool:
    """Return whether *article* joins no story: it tells many events, or none."""
    return _ROUND_UP.search(article.title.strip()) is not None or housekeeping(article)


def event_words(title: str) -> str:
    """Return *title* without dates and without words that name a genre: they say nothing of which event is told.

    Of a title that is nothing but a date and a time ("Friday, 11 November 2011, updated 5:50 GMT") nothing is left.
    """
    rest = _GENRE.sub(" ", _DATED.sub(" ", title))
    if not _lettered(_CALENDAR.sub(" ", rest)) and _DATED.search(title):
        return ""
    return rest if _lettered(rest) else title


def _lettered(text: str) -> bool:
    return any(mark.isalnum() for mark in text)
