import email
import email.policy

import pytest

from digest.messages import system
from tests.messages import sample

FROM = "morning@news.harbour.example"


def mail(
    subject: str = "Please confirm",
    text: str = "One line.\n.\nFrom here\n",
    html: str | None = None,
    to: str = "dana@example.org",
    **more: str,
) -> bytes:
    return system.mail(
        system.Header(
            sender=FROM,
            to=to,
            subject=subject,
            message_id="<c1@news.harbour.example>",
            date=sample.NOW,
            **more,
        ),
        text,
        html,
    )


def parsed(data: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(data, policy=email.policy.default)  # type: ignore[return-value]


def test_a_system_mail_says_that_a_machine_wrote_it() -> None:
    message = parsed(mail(sender_name="The Harbour Herald"))
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert "Precedence" not in message
    assert "List-Unsubscribe" not in message
    assert message["From"].addresses[0].display_name == "The Harbour Herald"
    assert len(message.keys()) == len(set(message.keys()))


def test_text_alone_is_one_part() -> None:
    message = parsed(mail())
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == "One line.\n.\nFrom here\n"


def test_text_comes_before_html_and_both_arrive() -> None:
    message = parsed(mail(html="<p>שלום</p>", text="שלום"))
    text, html = message.iter_parts()
    assert text.get_content().strip() == "שלום"
    assert html.get_content().strip() == "<p>שלום</p>"
    assert not message.defects


def test_the_wire_form_is_legal() -> None:
    for data in (mail(), mail(html="<p>.</p>\n.\nFrom x")):
        assert data.isascii()
        assert data.endswith(b"\r\n")
        assert not data.endswith(b"\r\n\r\n")
        assert b"\n" not in data.replace(b"\r\n", b"")
        assert not any(row.startswith((b".", b"From ")) for row in data.split(b"\r\n"))


@pytest.mark.parametrize("subject", ["x\r\nBcc: a@b.example", "x\x00y", "אישור\nBcc: z"])
def test_a_subject_cannot_add_a_header(subject: str) -> None:
    assert "Bcc" not in parsed(mail(subject=subject))


def test_an_address_or_id_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="address"):
        mail(to="x\r\nBcc: y@z.example")
    with pytest.raises(ValueError, match="Message-ID"):
        system.mail(
            system.Header(sender=FROM, to="a@b.example", subject="s", message_id="no", date=sample.NOW), "t"
        )
