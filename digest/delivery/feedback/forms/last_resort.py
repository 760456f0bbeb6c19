"""flufl.bounce, the detectors of Mailman 3: asked where no rule of ours knows a form."""

import logging
from email.message import Message

from flufl.bounce import all_failures

from digest.delivery.feedback.addresses import cleaned
from digest.delivery.feedback.delivery_status import section
from digest.delivery.feedback.forms.layouts import ours
from digest.delivery.feedback.letter import Letter

logging.getLogger("flufl.bounce").disabled = True  # it would write strangers' mail into our log
LONGEST = 8_000  # characters that it is given: some of its patterns take time by their square


def flufl(letter: Letter) -> dict[str | None, str]:
    """Return the addresses that flufl.bounce finds with what is said of each; {} where it finds none, or fails."""
    try:
        temporary, permanent = all_failures(_plain(letter))
    except Exception:  # strangers' bytes in another's parsers: whatever they raise, we know no address
        return {}
    told = sorted(bytes(address).decode("utf-8", "replace") for address in {*temporary, *permanent})
    own = ", ".join(letter.mail.first(name) for name in ("from", "to", "return-path"))
    named = [address for address in map(cleaned, told) if address and not ours(own, address)]
    return {address: section(letter.words, address, named) or letter.words for address in named}


def _plain(letter: Letter) -> Message:
    """Return what the report says as a mail of one part: the parts are for our own readers, in bounds."""
    mail = Message()
    mail["From"] = cleaned(letter.mail.first("from")) or "mailer-daemon@mail.invalid"
    for name in ("To", "Subject", "X-Mailer"):
        mail[name] = letter.mail.first(name.lower())[:300]
    mail.set_payload(letter.words[:LONGEST])
    return mail
