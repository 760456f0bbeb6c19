"""What a mail that came back says, whatever its form: `report`."""

from digest.delivery.feedback import automatic, complaints, delivery_status, forms, notices
from digest.delivery.feedback.addresses import addressed, message_ids
from digest.delivery.feedback.letter import Letter, laid_out, unwrapped
from digest.delivery.feedback.mail import parsed
from digest.delivery.feedback.verdicts import one_line
from digest.model.feedback import FailedRecipient, FeedbackKind, FeedbackReport


def report(raw: bytes, *, to: str = "") -> FeedbackReport:
    """Return what the mail *raw*, sent to the envelope's recipient *to*, says of mails that we sent.

    Never raises, whatever the bytes, and takes time in proportion to the first megabyte at most. Pure: nothing in the
    report is proved; who believes it looks at the tokens in `addressed` and at `message_ids`.
    """
    letter = unwrapped(laid_out(parsed(raw)))
    kind, recipients, feedback_type = _classified(letter)
    return FeedbackReport(
        kind=kind,
        recipients=tuple(recipients),
        addressed=_kept(addressed(letter, to)),
        message_ids=_kept(message_ids(letter)),
        feedback_type=feedback_type,
        reporter=one_line(_reporter(letter))[:200],
    )


def _kept(found: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of *found* that may be written down: no address and no Message-ID has control characters."""
    return tuple(each for each in found if each.isprintable())


def _classified(letter: Letter) -> tuple[FeedbackKind, list[FailedRecipient], str]:
    """Ask the readers in the order of how plainly a form says what it is."""
    if (kind := complaints.kind(letter)) is not None:
        return kind, [], complaints.feedback_type(letter)
    if (told := notices.read(letter)) is not None:
        return told
    failed, done = delivery_status.recipients(letter)
    if failed:
        return FeedbackKind.BOUNCE, failed, ""
    if done:
        return FeedbackKind.DELIVERED, [], ""
    if automatic.by_subject(letter):
        return FeedbackKind.AUTO_REPLY, [], ""
    if failed := forms.recipients(letter):
        return FeedbackKind.BOUNCE, failed, ""
    if automatic.answered(letter):
        return FeedbackKind.AUTO_REPLY, [], ""
    return FeedbackKind.OTHER, [], ""


def _reporter(letter: Letter) -> str:
    for group in (*letter.status[:1], letter.feedback or {}):
        for name in ("reporting-mta", "user-agent"):
            if value := group.get(name, [""])[0]:
                return value.rpartition(";")[2].strip()[:200]
    return letter.mail.words("from")[:200]
