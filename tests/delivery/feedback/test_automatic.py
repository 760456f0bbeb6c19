"""Answers of machines for persons, in the languages of readers; and persons."""

import pytest

from digest.model.feedback import FeedbackKind
from tests.delivery.feedback.mails import mail, read

READER = "reader@example.net"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: The morning",
        "Auto: Out of the Office",
        "Abwesenheitsnotiz: The morning",
        "Réponse automatique : The morning",
        "Risposta automatica: The morning",
        "Resposta automática: The morning",
        "Odpowiedź automatyczna: The morning",
        "Автоответ: The morning",
        "自動応答: The morning",
        "自动回复: The morning",
        "=?utf-8?B?6Ieq5Yqo5Zue5aSNOiBU?=",
    ],
)
def test_the_subject_says_so(subject: str) -> None:
    assert read(mail("Back on Monday.\n", sender=READER, subject=subject)).kind is FeedbackKind.AUTO_REPLY


@pytest.mark.parametrize(
    "words",
    [
        "Anna has left the company. Please write to her colleagues.",
        "I no longer work for the paper.",
        "Ich bin derzeit nicht im Haus.",
        "Je suis absente jusqu'au 5 mai. Je suis en congé.",
        "Ya no trabaja en esta empresa.",
        "Please confirm your message was sent by you: click here.",
    ],
)
def test_the_words_of_an_answer_say_so(words: str) -> None:
    told = read(mail(words, "In-Reply-To: <1@paper.example>", sender=READER, subject="Re: The morning"))
    assert told.kind is FeedbackKind.AUTO_REPLY


def test_a_challenge_is_an_automatic_answer() -> None:
    told = read(
        mail("Click to be delivered.\n", sender=READER, subject="Please confirm your message to reader")
    )
    assert told.kind is FeedbackKind.AUTO_REPLY


def test_a_mail_server_that_answers_automatically_still_bounces() -> None:
    words = f"A message that you sent could not be delivered. The following address failed:\n\n  {READER}\n    mailbox is full\n"
    told = read(
        mail(
            words,
            "Auto-Submitted: auto-replied",
            f"X-Failed-Recipients: {READER}",
            subject="Mail delivery failed",
        )
    )
    assert told.kind is FeedbackKind.BOUNCE


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (
            "Re: The morning",
            "Dear editors,\n\nthe user unknown in your story is my uncle; his mailbox is full of letters.\n",
        ),
        ("Your delivery", "The parcel to reader@example.net could not be delivered yesterday.\n"),
        (
            "Fwd: what does this mean?",
            "> <reader@example.net>: 550 5.1.1 user unknown\n\nWhat does this mean?\n",
        ),
        ("550 reasons to read", "550 5.1.1 reasons, says reader@example.net.\n"),
    ],
)
def test_what_people_write_is_no_bounce(subject: str, words: str) -> None:
    told = read(
        mail(words, "In-Reply-To: <1@paper.example>", sender="Anna <reader@example.net>", subject=subject)
    )
    assert (told.kind, told.recipients) == (FeedbackKind.OTHER, ())
