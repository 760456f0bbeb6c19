"""Where bounces of no known form name a recipient, and which addresses in them are none."""

import re

from digest.delivery.feedback.addresses import FIND
from digest.delivery.feedback.forms.form import AT
from digest.delivery.feedback.letter import Letter
from digest.delivery.feedback.phrases import any_of

_LABELS = (
    r"to|recipients?|address(?:es)?|rcpt to|user(?:id|s|name)?|mailbox|account|e-?mail|destination"
    r"|failed|undeliverable|rejected|unknown"
    r"|destinataire|empf[aä]nger|destinatari[oa]|odbiorca|adres|адрес|получатель|宛先|收件人|メールアドレス"
)
_BEFORE = (
    r"deliver(?:ed|ing|y)?|sent|send|message|mail|reach|addressed|address|forward(?:ed)?|recipients?"
    r"|users?|mailbox(?: of)?|account|for|at|an|[aà]|al?|до|para|do"
)
_ARTICLES = r"(?:the |to |e-?mail |address |recipient |user |following |mailbox ){0,4}"

# The plainest first: a recipient on a line of its own, after a label, before words, in a reply.
LAYOUTS = tuple(
    re.compile(layout, re.I | re.M)
    for layout in (
        rf"^[ \t]*[*•>|-]*[ \t]*[\"'\[(]*(?:smtp:|mailto:)?{AT}[\"'\])]*[ \t]*(?::|\.\.|;|,|$|[-–] |\(|\.$|→|=>)",
        rf"^.{{0,60}}?\b(?:{_LABELS})\b[^\n@:]{{0,40}}[:=][ \t]*[\"'\[(]*(?:smtp:)?{AT}",
        rf"^[ \t]*[*•>|-]*[ \t]*[\"'\[(]*{AT}[\"'\])]*[ \t]+\S",
        rf"^[45]\d\d[ -].{{0,40}}?{AT}",
    )
)
PROSE = re.compile(rf"(?:(?:{_BEFORE})[ \t\n:]+){_ARTICLES}[\"'\[(<]*{AT}", re.I)

_ASK = any_of(  # who may be asked, who sent, who relayed: the words right before an address that is no recipient
    r"(?:contact|postmaster|support|help|questions|assistance|kontakt|en cas|complain|report|abuse)\W{0,12}$",
    r"(?:please (?:e-?)?mail|e-?mail us|send (?:an? )?(?:e-?mail|message) to|write to|reply)\W{0,12}$",
    r"(?:sender|from|by|host|message-?id|mailto|return-path|generated from|expanded from)\W{0,12}$",
)
_RCPT = re.compile(r"rcpt to\W*$", re.I)
_ROLE = any_of(
    r"^(?:mailer-?daemon|postmaster|abuse|support|help(?:desk)?|hostmaster|noc|security|no-?reply)@",
)


def not_a_recipient(letter: Letter, address: str, at: int) -> bool:
    """Return whether *address* at *at* in the words is somebody to ask, or ourselves, and no recipient."""
    before = letter.words[max(0, at - 60) : at]
    if _ASK.search(before.rsplit("\n", 1)[-1]) and not _RCPT.search(before):
        return True
    sent_to = letter.original("to").casefold()
    named = address.casefold() in sent_to
    return not named and (_ROLE.match(address) is not None or ours(letter.mail.first("to"), address))


def ours(header: str, address: str) -> bool:
    """Return whether *address* is one of those in *header*."""
    return address.casefold() in {one.casefold() for one in FIND.findall(header[:4_000])}
