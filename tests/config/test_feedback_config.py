"""What comes back: its secrets come from the file, from a file of their own or from the environment."""

from pathlib import Path

import pytest

from digest.configuration import load
from digest.errors import ConfigError

BASE = """
[sources.own]
url = "https://example.org/rss"
[newsletters.daily]
title = "The Daily"
sources = ["own"]
schedule = { time = "06:00" }
sender = { address = "news@example.org" }
"""
TOPIC = "arn:aws:sns:eu-west-1:123456789012:bounces"


def loaded(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]
    file = tmp_path / "digest.toml"
    file.write_text(BASE + text, encoding="utf-8")
    return load(file).feedback


def test_secrets_come_from_files_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    found = loaded(
        tmp_path,
        '[feedback.imap]\nhost = "imap.example.org"\nusername = "b"\npassword_file = "secret"\nca_file = "ca.pem"\n'
        '[feedback.mailgun]\nsigning_key_file = "secret"\n'
        '[feedback.postmark]\nusername = "p"\npassword_file = "secret"\n'
        '[feedback.brevo]\ntoken_file = "secret"\n',
    )
    assert found.imap.password.get_secret_value() == found.mailgun.signing_key.get_secret_value() == "s3cret"
    assert (found.imap.ca_file, found.imap.at) == (tmp_path / "ca.pem", 993)
    assert (found.postmark.missing, found.brevo.missing, found.mailgun.missing) == ("", "", "")


def test_secrets_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGEST_FEEDBACK__BREVO__TOKEN", "s3cret")
    assert loaded(tmp_path, "[feedback.brevo]\n").brevo.token.get_secret_value() == "s3cret"


def test_a_table_without_its_secret_loads_and_says_what_is_missing(tmp_path: Path) -> None:
    found = loaded(tmp_path, '[feedback.mailgun]\n[feedback.postmark]\nusername = "p"\n[feedback.sendgrid]\n')
    assert "signing_key" in found.mailgun.missing
    assert "token" in found.postmark.missing
    assert "public_key" in found.sendgrid.missing


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[feedback.ses]\ntopic = "bounces"', "is no topic: write its ARN"),
        (f'[feedback.ses]\ntopic = "{TOPIC}:6c1b-subscription"', "is no topic"),
        ('[feedback.imap]\nhost = "h"\nusername = "u"\ndelete = true\ndone = "Done"', "set one of them"),
        ('[feedback.imap]\nhost = "h"\nusername = "u"\ndone = "INBOX"', "another folder"),
        ('[feedback.imap]\nhost = "h.example"\nusername = "u"\nsecurity = "none"', "in the clear"),
        ('[feedback.imap]\nusername = "u"', "is missing"),
    ],
)
def test_what_cannot_work_is_said(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert said in str(caught.value.faults[0])
