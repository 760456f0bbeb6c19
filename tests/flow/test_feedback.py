"""What follows from what comes back: the row, the reader, the provider; and nothing without a token of ours."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.app import App
from digest.delivery.consequences import Effect
from digest.flows.feedback import take
from digest.model import DeliveryState
from digest.model.feedback import FeedbackKind, FeedbackReport, Verdict
from digest.store import halts
from digest.store.engine import Database
from digest.store.feedback import kept, rates
from digest.store.schema import outbox
from tests.flow import returned
from tests.flow.newsroom import add_readers, app_for, states
from tests.flow.returned import NOW, SENT, bounce, complaint, number

S = DeliveryState


@pytest.fixture
def app(database: Database) -> App:
    add_readers(database, 3)
    returned.add_sent(database, 1, 2, 3)
    return app_for(database, now=lambda: NOW, alarms=["desk@example.org"])


def test_a_dead_address_is_suppressed_and_its_mail_bounced(app: App) -> None:
    row = number(app.db, 2)
    report = bounce(Verdict.DEAD, returned.returned(app, row), to="r2@example.net")
    assert take(app, report, b"raw", source="lmtp").effect is Effect.SUPPRESSED
    assert states(app.db) == {S.SENT: 2, S.BOUNCED: 1}
    assert returned.suppressed(app.db) == {2: "bounce"}
    with app.db.read() as connection:
        (kept_mail,) = kept.of_subscriber(connection, 2)
        assert kept.raw(connection, kept_mail.id) == b"raw"


def test_the_same_mail_taken_twice_does_nothing_the_second_time(app: App) -> None:
    report = bounce(Verdict.SOFT, returned.returned(app, number(app.db, 2)))
    assert take(app, report, b"raw", source="lmtp").effect is Effect.COUNTED
    assert take(app, report, b"raw", source="maildir").effect is Effect.REPEATED
    assert take(app, report, b"x", source="ses", replay="7").effect is Effect.COUNTED
    assert take(app, report, b"y", source="ses", replay="7").effect is Effect.REPEATED
    with app.db.read() as connection:
        assert len(kept.earlier(connection, 2, 0, SENT - timedelta(days=9))) == 1
        assert kept.counts(connection, 1) == {"mail.example": {"soft": 1}}
    assert returned.suppressed(app.db) == {}


def test_a_complaint_ends_the_subscription_and_suppresses(app: App) -> None:
    report = complaint(returned.returned(app, number(app.db, 3)))
    assert take(app, report, b"", source="lmtp").effect is Effect.COMPLAINED
    assert returned.suppressed(app.db) == {3: "complaint"}
    assert returned.wishes(app.db) == {1: "active", 2: "active", 3: "ended"}
    assert states(app.db) == {S.SENT: 2, S.COMPLAINED: 1}


@pytest.mark.parametrize(
    "report",
    [
        complaint(kind="not-spam"),
        FeedbackReport(kind=FeedbackKind.AUTO_REPLY),
        FeedbackReport(kind=FeedbackKind.DELIVERED),
        FeedbackReport(kind=FeedbackKind.OTHER),
        FeedbackReport(kind=FeedbackKind.BOUNCE),
    ],
    ids=lambda one: one.feedback_type or one.kind,
)
def test_what_is_no_bounce_and_no_complaint_changes_nothing(app: App, report: FeedbackReport) -> None:
    report = replace(report, addressed=(returned.returned(app, number(app.db, 1)),))
    assert take(app, report, b"", source="lmtp").effect is Effect.IGNORED
    assert states(app.db) == {S.SENT: 3}
    assert returned.suppressed(app.db) == {}


def test_what_is_about_us_touches_no_reader(app: App) -> None:
    report = bounce(Verdict.OURS, returned.returned(app, number(app.db, 1)))
    assert take(app, report, b"", source="lmtp").effect is Effect.REFUSED
    assert states(app.db) == {S.SENT: 2, S.REFUSED: 1}
    assert returned.suppressed(app.db) == {}


def test_three_that_name_authentication_halt_the_provider_and_say_why(app: App) -> None:
    for reader in (1, 2, 3):
        with app.db.read() as connection:
            assert halts.of(connection, 1) == {}
        take(app, bounce(Verdict.OURS, returned.returned(app, number(app.db, reader))), b"", source="lmtp")
    with app.db.read() as connection:
        assert "unauthenticated" in halts.of(connection, 1)["mail.example"]
        (alarm,) = connection.execute(select(outbox.c.content)).scalars()
    alarm = alarm.replace(b"=\r\n", b"")
    assert b"this mail is unauthenticated" in alarm
    assert b"SPF, DKIM or DMARC" in alarm
    assert returned.suppressed(app.db) == {}


def test_a_forged_report_for_each_reader_suppresses_one_address_at_most(app: App) -> None:
    """By somebody who has one real mail, knows all addresses, and how our addresses and names are made."""
    mine, token = number(app.db, 1), returned.returned(app, number(app.db, 1))
    own = returned.message_id(app, 1, 1)
    for reader in (1, 2, 3):
        row = number(app.db, reader)
        forged = own.replace("1.1.1.", f"1.1.{reader}.")
        for addressed in (
            token,
            token.replace("b+", "b+a"),
            f"b+{row}@bounces.example.org",
            f"r{reader}@example.net",
        ):
            report = bounce(Verdict.DEAD, addressed, to=f"r{reader}@example.net", ids=(forged,))
            take(app, report, f"{addressed} {reader}".encode(), source="lmtp")
        report = complaint(f"r{reader}@example.net")
        take(app, replace(report, message_ids=(forged,)), f"c{reader}".encode(), source="lmtp")
    assert returned.suppressed(app.db) == {1: "complaint"}
    assert states(app.db) == {S.SENT: 2, S.COMPLAINED: 1}
    assert mine == number(app.db, 1)
    assert returned.effects(app.db).count("quarantined") == 8


def test_a_message_id_of_ours_is_a_proof(app: App) -> None:
    ids = ("somebody@else", returned.message_id(app, 1, 2))
    assert take(app, bounce(Verdict.DEAD, ids=ids), b"", source="lmtp").effect is Effect.SUPPRESSED
    assert returned.suppressed(app.db) == {2: "bounce"}


def test_an_unknown_mail_that_comes_back_was_out(database: Database) -> None:
    add_readers(database, 1)
    returned.add_sent(database, 1, state=S.UNKNOWN)
    app = app_for(database, now=lambda: NOW)
    take(app, bounce(Verdict.SOFT, returned.returned(app, number(database, 1))), b"", source="lmtp")
    assert states(database) == {S.BOUNCED: 1}


def test_the_rates_tell_what_became_of_the_mails(app: App) -> None:
    for reader, verdict in ((1, Verdict.DEAD), (2, Verdict.SOFT)):
        take(app, bounce(verdict, returned.returned(app, number(app.db, reader))), b"", source="lmtp")
    take(app, complaint(returned.returned(app, number(app.db, 3))), b"", source="lmtp")
    with app.db.read() as connection:
        (found,) = rates(connection, SENT - timedelta(hours=1)).items()
    assert found[0] == ("daily", "mail.example")
    assert (found[1].delivered, found[1].hard, found[1].soft, found[1].complaints) == (1, 1, 1, 1)
