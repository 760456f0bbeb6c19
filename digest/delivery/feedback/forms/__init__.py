"""Which recipients failed by a mail that follows no standard: a table of forms, words, and flufl.bounce at the last.

A form is asked only of mail that a mail server sent, by its sender and its words: an ordinary mail that quotes a
bounce is none.
"""

import re

from digest.delivery.feedback.addresses import FIND, cleaned
from digest.delivery.feedback.delivery_status import section
from digest.delivery.feedback.forms import bounce_words
from digest.delivery.feedback.forms.last_resort import flufl
from digest.delivery.feedback.forms.layouts import LAYOUTS, PROSE, not_a_recipient
from digest.delivery.feedback.forms.providers import PROVIDERS
from digest.delivery.feedback.forms.servers import SERVERS
from digest.delivery.feedback.letter import Letter
from digest.delivery.feedback.verdicts import Evidence, is_answer, judged
from digest.model.feedback import FailedRecipient

FORMS = (*SERVERS, *PROVIDERS)
MOST = 200


def recipients(letter: Letter) -> list[FailedRecipient]:
    """Return the recipients that failed, one without an address where none is named; [] for no bounce."""
    if not bounce_words.from_a_server(letter):
        return []
    delayed = bounce_words.delayed(letter)
    found = (
        _failed_recipients(letter)
        or _by_form(letter)
        or _by_layout(letter)
        or flufl(letter)
        or _in_prose(letter)
    )
    found = found or _returned_to(letter)
    told = [
        judged(address, Evidence(words=why, delayed=delayed)) for address, why in list(found.items())[:MOST]
    ]
    return told or [judged(None, Evidence(words=letter.words, delayed=delayed))]


Found = dict[str | None, str]  # the recipients, and what is said of each


def _failed_recipients(letter: Letter) -> Found:
    """Those that X-Failed-Recipients names (Exim, Google)."""
    named = [
        address
        for line in letter.mail.headers.get("x-failed-recipients", [])[:20]
        for address in FIND.findall(line)
    ]
    return {address: section(letter.words, address, named) for address in dict.fromkeys(named)}


def _by_form(letter: Letter) -> Found:
    head = bounce_words.head(letter)
    for form in FORMS:
        if form.sign.search(head) and (found := _each(form.each, letter)):
            return found
    return {}


def _each(pattern: "re.Pattern[str]", letter: Letter) -> Found:
    matches = list(pattern.finditer(letter.words))[:MOST]
    found: Found = {}
    for number, match in enumerate(matches):
        address = cleaned(match["address"].replace("(a)", "@"))
        end = matches[number + 1].start() if number + 1 < len(matches) else len(letter.words)
        if address and not not_a_recipient(letter, address, match.start("address")):
            before = letter.words[
                letter.words.rfind("\n", 0, match.start("address")) + 1 : match.start("address")
            ]
            found[address] = f"{found.get(address, '')} {before} {letter.words[match.end('address') : end]}"
    if len(found) == 1:
        address, why = next(iter(found.items()))
        return {address: why if is_answer(why) else letter.words}
    return found


def _by_layout(letter: Letter) -> Found:
    for pattern in LAYOUTS:
        if found := _each(pattern, letter):
            return found
    return {}


def _in_prose(letter: Letter) -> Found:
    for match in PROSE.finditer(letter.words):
        address = cleaned(match["address"])
        if address and not not_a_recipient(letter, address, match.start("address")):
            return {address: letter.words}
    return {}


def _returned_to(letter: Letter) -> Found:
    """The one recipient of the mail that is returned, where nothing else says who failed."""
    named = {address.casefold(): address for address in FIND.findall(letter.original("to")[:2_000])}
    if len(named) != 1 or letter.original("cc"):
        return {}
    return {next(iter(named.values())): letter.words}
