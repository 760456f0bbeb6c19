"""`digest check` on what comes back: a webhook without its secret, one that is refused, and the mailbox."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digest.app import App
from digest.flows.feedback import webhooks
from digest.flows.newsroom.checks import feedback
from digest.ops.findings import Finding
from digest.store.engine import Database
from tests.web.site import config

NOW = datetime(2026, 3, 4, 5, tzinfo=UTC)


def looked(
    database: Database, tmp_path: Path, site: str = "https://news.example.org", **tables: Any
) -> list[Finding]:
    app = App(config(tmp_path, site={"url": site}, feedback=tables), database, lambda: NOW)
    return list(feedback.examine(app, offline=True))


def test_a_table_without_its_secret_is_named_with_what_to_set(sqlite: Database, tmp_path: Path) -> None:
    found = looked(sqlite, tmp_path, mailgun={}, sendgrid={}, postmark={"username": "us"}, brevo={})
    assert [(one.what, one.ok) for one in found] == [
        ("webhook brevo", False),
        ("webhook mailgun", False),
        ("webhook postmark", False),
        ("webhook sendgrid", False),
    ]
    words = [one.words for one in found]
    for said, wanted in zip(
        words, ("BREVO__TOKEN", "MAILGUN__SIGNING_KEY", "POSTMARK__TOKEN", "public_key"), strict=True
    ):
        assert wanted in said
        assert "complaints are lost" in said


def test_a_webhook_in_order_says_its_address(sqlite: Database, tmp_path: Path) -> None:
    ses = {"topic": "arn:aws:sns:eu-west-1:123456789012:bounces"}
    assert looked(sqlite, tmp_path, ses=ses) == [
        Finding("webhook ses", True, "https://news.example.org/feedback/ses")
    ]
    (found,) = looked(sqlite, tmp_path, "http://news.example.org", ses=ses)
    assert (found.ok, found.note) == (True, True)
    assert "by https alone" in found.words


def test_posts_that_were_refused_are_told_of(sqlite: Database, tmp_path: Path) -> None:
    tables = {"brevo": {"token": "t0ken"}}
    app = App(config(tmp_path, feedback=tables), sqlite, lambda: NOW)
    webhooks.counted(app, webhooks.REFUSED, "brevo", 31)
    found = looked(sqlite, tmp_path, **tables)
    assert "31 posts refused since yesterday" in found[-1].words


def test_nothing_is_said_of_what_is_not_set_up(sqlite: Database, tmp_path: Path) -> None:
    assert looked(sqlite, tmp_path) == []
