"""What follows from what comes back: the row, the reader, the provider; and nothing without a token of ours."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from digest.app import App
from digest.delivery.consequences import Effect, Limits, soft_count
from digest.delivery.transports.memory import Memory
from digest.flows.clock import tidy
from digest.flows.feedback.reports import receive, take
from digest.flows.sending.send import send
from digest.model import DeliveryState, EditionEvent, Message
from digest.model.feedback import FailedRecipient, FeedbackKind, FeedbackReport, Verdict
from digest.outcomes import Accepted, Outcome, Rejected
from digest.store import editions, erasure, halts
from digest.store.engine import Database
from digest.store.feedback import kept, rates
from digest.store.feedback.tables import soft_bounces
from digest.store.schema import outbox
from subscribers.model import Evidence
from subscribers.store.consents import record_consent
from subscribers.store.erasure import erase_person
from tests.flow import returned
from tests.flow.newsroom import add_edition, add_readers, app_for, compose, states
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


def test_too_many_complaints_about_an_edition_that_is_over_raise_one_alarm(database: Database) -> None:
    """While it is sent the breaker looks; most readers complain later, when nothing is being sent any more."""
    add_readers(database, 120)
    edition = returned.add_sent(database, *range(1, 121))
    with database.write() as connection:
        for event in (EditionEvent.BEGIN, EditionEvent.FINISH):
            assert editions.transition(connection, edition, event, at=SENT)
    app = app_for(database, now=lambda: NOW, alarms=["desk@example.org"])

    def alarms() -> list[bytes]:
        with app.db.read() as connection:
            return [bytes(one) for one in connection.execute(select(outbox.c.content)).scalars()]

    for reader in range(1, 5):
        take(app, complaint(returned.returned(app, number(app.db, reader))), b"", source="lmtp")
    assert alarms() == []
    for reader in range(5, 8):
        take(app, complaint(returned.returned(app, number(app.db, reader))), b"", source="lmtp")
    (alarm,) = alarms()
    assert b"5 of 120 readers complained" in alarm.replace(b"=\r\n", b"")


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


def softly(app: App, reader: int, edition: int) -> Effect:
    """A full mailbox is reported of the reader's mail of *edition*."""
    report = bounce(Verdict.SOFT, returned.returned(app, number(app.db, reader, edition)))
    return take(app, report, f"{reader} {edition}".encode(), source="lmtp").effect


def days(database: Database, *ago: int) -> list[int]:
    """Editions that reader 1 was sent so many days ago; return their ids."""
    made = []
    for many in ago:
        at = NOW - timedelta(days=many)
        edition = add_edition(database, day=at.date())
        made.append(returned.add_sent(database, 1, edition=edition, at=at))
    return made


def test_the_fifth_soft_bounce_within_a_month_suppresses(database: Database) -> None:
    add_readers(database, 1)
    app = app_for(database, now=lambda: NOW)
    found = [softly(app, 1, edition) for edition in days(database, 31, 6, 5, 4, 3, 2)]
    assert found == [Effect.COUNTED] * 5 + [Effect.SUPPRESSED]
    assert returned.suppressed(database) == {1: "bounce"}


def test_a_mail_that_arrives_takes_one_off(database: Database) -> None:
    """Accepted, and not come back for five days: the one of a day ago says nothing yet."""
    add_readers(database, 1)
    app = app_for(database, now=lambda: NOW)
    editions = days(database, 12, 11, 10, 9, 8, 7, 1)
    came_back = [editions[place] for place in (0, 1, 2, 5)]  # two arrived in between
    assert {softly(app, 1, edition) for edition in came_back} == {Effect.COUNTED}
    with database.read() as connection:
        mails = kept.earlier(connection, 1, 0, NOW - timedelta(days=30))
    assert soft_count(mails, Limits(), NOW) == 2
    assert (
        softly(app, 1, editions[3]) is Effect.COUNTED
    )  # it had not arrived after all: the count is by the rows
    with database.read() as connection:
        mails = kept.earlier(connection, 1, 0, NOW - timedelta(days=30))
    assert soft_count(mails, Limits(), NOW) == 4


def test_a_bounce_to_an_address_that_the_reader_has_left_does_not_touch_the_new_one(app: App) -> None:
    with app.db.write() as connection:
        record_consent(connection, 1, "", "address", None, Evidence(SENT + timedelta(hours=1), "link"))
        record_consent(connection, 2, "daily", "confirm", None, Evidence(SENT + timedelta(days=1), "link"))
        record_consent(connection, 3, "daily", "confirm", None, Evidence(SENT - timedelta(minutes=1), "link"))
    for reader in (1, 2, 3):
        report = bounce(Verdict.DEAD, returned.returned(app, number(app.db, reader)))
        took = take(app, report, f"{reader}".encode(), source="lmtp")
        assert took.effect is (Effect.SUPPRESSED if reader == 3 else Effect.STALE)
    assert returned.suppressed(app.db) == {3: "bounce"}
    assert states(app.db) == {S.BOUNCED: 3}


def test_an_old_report_suppresses_nobody_but_a_complaint_has_no_age(database: Database) -> None:
    add_readers(database, 2)
    returned.add_sent(database, 1, 2, at=NOW - timedelta(days=61))
    app = app_for(database, now=lambda: NOW)
    report = bounce(Verdict.DEAD, returned.returned(app, number(database, 1)))
    assert take(app, report, b"1", source="lmtp").effect is Effect.STALE
    assert take(app, complaint(returned.returned(app, number(database, 2))), b"2", source="lmtp").delivery
    assert returned.suppressed(database) == {2: "complaint"}


def test_a_token_proves_its_own_mail_only_whoever_else_is_named(app: App) -> None:
    """An alias of three was expanded: one is dead, the others may have it."""
    alive = FailedRecipient(address="a@else.example", verdict=Verdict.DELAYED)
    dead = FailedRecipient(address="r2@example.net", verdict=Verdict.DEAD, status="5.1.1")
    report = bounce(Verdict.DEAD, returned.returned(app, number(app.db, 1)), to="r3@example.net")
    report = replace(report, recipients=(*report.recipients, dead, alive))
    assert take(app, report, b"", source="lmtp").effect is Effect.DELAYED
    assert returned.suppressed(app.db) == {}
    own = FailedRecipient(address="R1@example.net", verdict=Verdict.DEAD, status="5.1.1")
    report = replace(report, recipients=(*report.recipients, own))
    assert take(app, report, b"2", source="lmtp").effect is Effect.SUPPRESSED
    assert returned.suppressed(app.db) == {1: "bounce"}


def test_a_provider_that_takes_fewer_than_half_is_not_believed(database: Database) -> None:
    """It was ill, and said of everybody that they do not exist: what had been suppressed is taken back."""
    add_readers(database, 24)
    edition = returned.add_sent(database, *range(1, 25))
    app = app_for(database, now=lambda: NOW, alarms=["desk@example.org"])
    for reader in range(1, 16):
        report = bounce(Verdict.DEAD, returned.returned(app, number(database, reader)))
        take(app, report, f"{reader}".encode(), source="lmtp")
        if reader == 12:
            assert len(returned.suppressed(database)) == 12
    assert returned.suppressed(database) == {}
    assert states(database) == {S.SENT: 9, S.REFUSED: 15}
    with database.read() as connection:
        assert "11 of the last 24 mails were accepted" in halts.of(connection, edition)["mail.example"]


def test_a_reader_who_has_everything_erased_leaves_nothing_of_what_came_back(app: App) -> None:
    take(app, bounce(Verdict.SOFT, returned.returned(app, number(app.db, 1))), b"r1 was here", source="lmtp")
    take(app, bounce(Verdict.DEAD, "b+x@y", to="r1@example.net"), b"To: R1@example.net", source="lmtp")
    take(app, bounce(Verdict.DEAD, "b+x@y"), b"To: r12@example.org", source="lmtp")
    with app.db.write() as connection:
        erase_person(connection, 1, app.links.keys, NOW, forget=erasure.forget)
    assert returned.effects(app.db) == ["quarantined"]
    with app.db.read() as connection:
        assert connection.execute(select(soft_bounces)).all() == []


def test_after_thirty_days_the_mails_are_gone(app: App) -> None:
    take(app, bounce(Verdict.DEAD, returned.returned(app, number(app.db, 1))), b"", source="lmtp")
    tidy.tidy(replace(app, now=lambda: NOW + timedelta(days=29)))
    assert len(returned.effects(app.db)) == 1
    tidy.tidy(replace(app, now=lambda: NOW + timedelta(days=31)))
    assert returned.effects(app.db) == []
    assert returned.suppressed(app.db) == {1: "bounce"}


def test_a_flood_of_forged_reports_is_counted_and_not_kept(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "UNREAD", 3)
    for one in range(9):
        took = take(app, bounce(Verdict.DEAD, f"b+{one}@x"), str(one).encode() * 99_999, source="lmtp")
        assert took.effect is Effect.QUARANTINED
    assert len(returned.effects(app.db)) == 3
    with app.db.read() as connection:
        assert kept.counts(connection, 0) == {"": {"quarantined": 9}}
        assert len(kept.raw(connection, 1) or b"") == kept.UNPROVED


@pytest.mark.parametrize("to", [True, False])
def test_a_mail_to_a_way_out_ends_that_subscription_whatever_its_from_says(app: App, to: bool) -> None:
    address = f"{app.links.unsubscribe_mailbox(2, 'daily')}@bounces.example.org"
    raw = f"From: r1@example.net\r\nTo: {'x@y.example' if to else address}\r\n\r\n".encode()
    assert receive(app, raw, to=address if to else "", source="lmtp").effect is Effect.UNSUBSCRIBED
    assert receive(app, raw, to=address if to else "", source="lmtp").effect is Effect.REPEATED
    forged = address.replace("u+a", "u+b") if "u+a" in address else f"u+a{address[3:]}"
    took = receive(
        app, raw.replace(address.encode(), forged.encode()), to=forged if to else "", source="lmtp"
    )
    assert took.effect is Effect.QUARANTINED
    assert returned.wishes(app.db) == {1: "active", 2: "ended", 3: "active"}
    with app.db.read() as connection:
        assert connection.execute(select(outbox.c.id)).all() == []  # it gets no answer


def test_what_the_relay_says_at_once_of_full_mailboxes_counts_the_same(database: Database) -> None:
    """Four times reported later, the fifth time told on the line."""
    add_readers(database, 2)
    app = app_for(database, now=lambda: NOW)
    for edition in days(database, 6, 5, 4, 3):
        softly(app, 1, edition)
    edition = add_edition(database, day=NOW.date())

    def answer(message: Message) -> Outcome:
        full = message.recipient == "r1@example.net"
        return Rejected(552, "5.2.2 mailbox full", dead=False) if full else Accepted(250, "2.0.0 ok")

    asyncio.run(send(app, edition, relays={"main": Memory(answer)}, compose=compose))
    assert returned.suppressed(database) == {1: "bounce"}
    assert states(database) == {S.BOUNCED: 4, S.FAILED: 1, S.SENT: 1}
