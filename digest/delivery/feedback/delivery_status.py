"""Delivery status notifications: RFC 3464, RFC 6533, and how servers fill their fields."""

import re

from digest.delivery.feedback.addresses import cleaned, typed
from digest.delivery.feedback.letter import Letter
from digest.delivery.feedback.mail import Headers
from digest.delivery.feedback.verdicts import Evidence, judged, status_in
from digest.model.feedback import FailedRecipient

MOST = 200  # recipients of one report
DONE = {"delivered", "relayed", "expanded", "deliverable"}  # RFC 3464 2.3.3
_WORD = re.compile(r"[a-z]+")


def recipients(letter: Letter) -> tuple[list[FailedRecipient], bool]:
    """Return the recipients that a report calls failed or delayed, and whether it calls any delivered."""
    found: dict[str, FailedRecipient] = {}
    done = False
    for number, group in enumerate(_of_recipients(letter.status)):
        action = _first_word(_value(group, "action"))
        status = status_in(_value(group, "status"))
        if action in DONE or (not action and _value(group, "status").strip().startswith("2.")):
            done = True
            continue
        address = _address(group)
        told = Evidence(action, status, _diagnostic(group), section(letter.words, address, _all(letter)))
        one = judged(address, told)
        found.setdefault((address or f"#{number}").casefold(), one)
        if len(found) >= MOST:
            break
    return list(found.values()), done


def section(words: str, address: str | None, others: list[str]) -> str:
    """Return what *words* say after the naming of *address*, up to the next recipient's."""
    if not address:
        return words
    lower, sought = words.lower(), address.lower()
    begin = lower.find(sought)
    if begin < 0:
        return words if len(others) < 2 else ""
    at = begin
    while at >= 0 and lower[lower.rfind("\n", 0, at) + 1 : at].strip(" \t<\"'*[(-"):
        at = lower.find(sought, at + 1)  # a line that opens with it says more than a sentence that has it
    begin = (begin if at < 0 else at) + len(sought)
    ends = [lower.find(other.lower(), begin) for other in others if other.lower() != sought]
    return words[begin : min((end for end in ends if end >= 0), default=len(words))]


def _of_recipients(groups: list[Headers]) -> list[Headers]:
    return [
        group
        for group in groups
        if group.keys() & {"final-recipient", "original-recipient", "action", "status"}
    ]


def _all(letter: Letter) -> list[str]:
    found = (_address(group) for group in _of_recipients(letter.status)[:20])
    return [address for address in found if address]


def _value(group: Headers, name: str) -> str:
    return group.get(name, [""])[0]


def _first_word(text: str) -> str:
    found = _WORD.search(text.lower())
    return found[0] if found else ""


def _address(group: Headers) -> str | None:
    """Return the address we wrote to: the original recipient, where the report keeps it, else the final one."""
    for name in ("original-recipient", "x-actual-recipient", "final-recipient", "x-original-to", "to"):
        address = typed(_value(group, name))
        if address and not address.lower().startswith("unknown@") and name != "x-actual-recipient":
            return address
    return cleaned(_value(group, "x-actual-recipient"))


def _diagnostic(group: Headers) -> str:
    for name in (
        "diagnostic-code",
        "x-display-diagnostic",
        "x-supplementary-info",
        "x-actual-diagnostic",
        "remote-reply",
    ):
        if value := _value(group, name):
            return value
    return _value(group, "status").partition("(")[2]
