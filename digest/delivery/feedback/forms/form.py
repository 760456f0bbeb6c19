"""What a form is: how servers that follow no standard say which recipients failed."""

import re
from dataclasses import dataclass

from digest.delivery.feedback.addresses import ADDRESS
from digest.delivery.feedback.phrases import any_of

AT = rf"(?<![\w.+@-])<?\"?(?P<address>{ADDRESS})\"?>?"
ANGLED = r"<(?P<address>[^<>\s]{1,250}@[^<>\s]{1,250})>"


@dataclass(frozen=True, slots=True)
class Form:
    """One server's form. *sign* is searched in sender, subject and words; *each* finds a recipient in the words.

    The group `address` of *each* is the recipient; what is said of it are the words up to the next one. *source*
    names the server, or its documentation.
    """

    source: str
    sign: "re.Pattern[str]"
    each: "re.Pattern[str]"


def form(source: str, signs: tuple[str, ...], *each: str) -> Form:
    """Return a form: one of *signs* has to be there, then any of *each* is a recipient.

    All are patterns over lines without regard to case; in *each*, `@@` is an address, `<@>` one in angle brackets.
    """
    patterns = "|".join(each).replace("@@", AT, 1).replace("<@>", ANGLED, 1)
    return Form(source, any_of(*signs, flags=re.I | re.M), re.compile(patterns, re.I | re.M))
