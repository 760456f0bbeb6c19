"""Providers' webhooks through the web application: who is believed, what follows, and what the provider hears."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from digest.app import App
from digest.errors import FetchError
from digest.flows.feedback import webhooks
from digest.store.engine import Database
from digest.store.feedback.tables import feedback_counts
from tests.delivery import signed_webhooks as signed
from tests.flow import returned
from tests.flow.newsroom import add_readers
from tests.web.site import Site

TABLES: dict[str, Any] = {
    "ses": {"topic": signed.TOPIC},
    "mailgun": {"signing_key": signed.MAILGUN_KEY},
    "sendgrid": {"public_key": signed.sendgrid_key()},
    "postmark": {"username": "us", "password": "secret"},
    "brevo": {"token": "t0ken"},
}


class House:
    """A site whose edition went to three readers, and what the guarded client reads for it."""

    def __init__(self, database: Database, tmp_path: Path, tables: dict[str, Any]) -> None:
        self.site = Site(database, tmp_path, feedback=tables)
        self.site.clock.at = returned.NOW
        self.app: App = self.site.app
        self.now: datetime = self.app.now()
        add_readers(database, 3)
        self.edition = returned.add_sent(database, 1, 2, 3)
        self.client = self.site.browser().client
        self.asked: list[str] = []
        self.answers: dict[str, bytes | Exception] = {signed.CERTIFICATE: signed.pem(self.now)}

    async def fetched(self, app: App, url: str) -> bytes:
        self.asked.append(url)
        found = self.answers.get(url, FetchError("it answers 404", where=url))
        if isinstance(found, Exception):
            raise found
        return found

    def post(self, name: str, body: Any, headers: dict[str, str] | None = None) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(f"/feedback/{name}", content=data, headers=headers)

    def source(self, reader: int) -> str:
        return returned.returned(self.app, returned.number(self.app.db, reader))

    def ses(
        self, reader: int, subtype: str = "General", said: str = "smtp; 550 5.1.1 no such user", **more: str
    ) -> Any:
        """Post a bounce of SES, as SNS does it: with a content type of plain text."""
        recipient = {"emailAddress": f"r{reader}@example.net", "status": "5.1.1", "diagnosticCode": said}
        bounce = {"bounceType": "Permanent", "bounceSubType": subtype, "bouncedRecipients": [recipient]}
        event = {"eventType": "Bounce", "mail": {"source": self.source(reader)}, "bounce": bounce}
        return self.post(
            "ses", signed.sns(event, self.now, **more), {"Content-Type": "text/plain; charset=UTF-8"}
        )

    def sendgrid(self, events: list[Any]) -> Any:
        body = json.dumps(events).encode()
        return self.post("sendgrid", body, signed.sendgrid(body, self.now))

    def suppressed(self) -> dict[int, str]:
        return returned.suppressed(self.app.db)

    def counts(self) -> dict[tuple[str, str], int]:
        table = feedback_counts.c
        with self.app.db.read() as connection:
            rows = connection.execute(select(table.provider, table.what, table.count)).all()
        return {(row[0], row[1]): row[2] for row in rows if row[1].startswith("webhook")}


@pytest.fixture
def house(sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    made = House(sqlite, tmp_path, TABLES)
    monkeypatch.setattr(webhooks, "fetched", made.fetched)
    return made


def test_a_bounce_of_ses_suppresses_once_however_often_it_comes(house: House) -> None:
    assert [house.ses(2).status_code for _ in range(3)] == [200, 200, 200]
    assert house.suppressed() == {2: "bounce"}
    assert returned.effects(house.app.db) == ["suppressed"]
    assert house.asked == [signed.CERTIFICATE]  # read once


def test_what_amazon_holds_back_is_counted_and_suppresses_nobody_at_once(house: House) -> None:
    assert house.ses(2, "OnAccountSuppressionList", "on the suppression list").status_code == 200
    assert (house.suppressed(), returned.effects(house.app.db)) == ({}, ["counted"])


def test_another_customers_topic_is_refused_however_well_it_is_signed(house: House) -> None:
    answer = house.ses(2, TopicArn="arn:aws:sns:eu-west-1:999999999999:bounces")
    assert (answer.status_code, answer.text) == (403, "Refused.\n")
    assert (house.suppressed(), house.asked) == ({}, [])
    assert house.counts() == {("ses", "webhook refused"): 1}


def test_a_subscription_is_confirmed_by_its_address_alone(house: House) -> None:
    asked = signed.sns("You have chosen", house.now, kind="SubscriptionConfirmation")
    assert house.post("ses", asked).status_code == 503  # SNS asks again
    house.answers[signed.CONFIRM] = b"<ConfirmSubscriptionResponse/>"
    assert house.post("ses", asked).status_code == 200
    forged = asked | {
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=x"
    }
    assert house.post("ses", forged).status_code == 403
    assert house.asked == [signed.CERTIFICATE, signed.CONFIRM, signed.CONFIRM]


def test_a_certificate_that_cannot_be_read_is_asked_for_again_but_not_at_every_post(house: House) -> None:
    house.answers.clear()
    assert [house.ses(2).status_code for _ in range(9)] == [503] * 9
    assert len(house.asked) == webhooks.FETCHES
    house.site.clock.at = house.now = house.now + timedelta(minutes=2)
    house.answers[signed.CERTIFICATE] = signed.pem(house.now)
    assert house.ses(2).status_code == 200


@pytest.mark.parametrize("name", sorted(TABLES))
def test_what_is_not_proved_is_refused_without_a_reason(house: House, name: str) -> None:
    for body, headers in (
        (b"{}", {}),
        (b"", {}),
        (b"\xff\x00", signed.basic("us", "wrong")),
        (b"[" * 90_000, {}),
    ):
        answer = house.post(name, body, headers)
        assert (answer.status_code, answer.text) == (403, "Refused.\n")
    assert house.suppressed() == {}
    assert house.counts()[name, "webhook refused"] >= 1


def test_mailgun_names_the_mail_by_its_message_id(house: House) -> None:
    event = {
        "event": "failed",
        "severity": "permanent",
        "recipient": "r2@example.net",
        "message": {"headers": {"message-id": returned.message_id(house.app, house.edition, 2)}},
        "delivery-status": {"code": 550, "message": "5.1.1 no such user"},
    }
    body = signed.mailgun(event, house.now)
    assert [house.post("mailgun", body).status_code for _ in range(2)] == [200, 200]
    assert house.suppressed() == {2: "bounce"}
    other = json.loads(body) | {"event-data": {"event": "complained", "recipient": "r3@example.net"}}
    assert house.post("mailgun", other).status_code == 200  # the token was used up
    assert house.suppressed() == {2: "bounce"}
    house.site.clock.at = house.now + timedelta(minutes=16)
    assert house.post("mailgun", body).status_code == 403


def test_five_hundred_events_at_once_and_broken_ones_among_them(house: House) -> None:
    dead = {"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 no such user"}
    events: list[Any] = [
        {
            "event": "deferred" if number % 10 == 0 else "delivered",
            "email": "x@example.net",
            "sg_event_id": str(number),
        }
        for number in range(498)
    ]
    for number, reader in ((100, 1), (400, 3)):
        smtp_id = f"<{returned.message_id(house.app, house.edition, reader)}>"
        events.insert(
            number, dead | {"email": f"r{reader}@example.net", "sg_event_id": "b", "smtp-id": smtp_id}
        )
        events[number]["sg_event_id"] += str(reader)
    events[200:200] = [None, {"event": 7}, "x"]
    assert [house.sendgrid(events).status_code for _ in range(2)] == [200, 200]
    assert house.suppressed() == {1: "bounce", 3: "bounce"}
    assert house.counts() == {("sendgrid", "webhook broken"): 6}
    assert len(returned.effects(house.app.db)) == 52


def test_who_leaves_by_a_providers_own_link_is_not_called_a_complainer(house: House) -> None:
    event = {"event": "unsubscribe", "email": "r2@example.net", "sg_event_id": "1"}
    assert house.sendgrid([event]).status_code == 200
    assert returned.wishes(house.app.db) == {1: "active", 2: "ended", 3: "active"}
    assert (house.suppressed(), returned.effects(house.app.db)) == ({}, ["unsubscribed"])


@pytest.mark.parametrize(
    ("name", "headers", "event"),
    [
        (
            "postmark",
            signed.basic("us", "secret"),
            {"RecordType": "SpamComplaint", "ID": 7, "Email": "R2@example.net"},
        ),
        (
            "brevo",
            {"Authorization": "Bearer t0ken"},
            {"event": "spam", "email": "r2@example.net", "ts_epoch": 1},
        ),
    ],
)
def test_where_a_provider_writes_its_own_message_id_the_reader_is_known_by_address(
    house: House, name: str, headers: dict[str, str], event: dict[str, Any]
) -> None:
    assert [house.post(name, event, headers).status_code for _ in range(2)] == [200, 200]
    stranger = event | {"email": "x@example.net", "Email": "x@example.net", "ID": 8}
    assert house.post(name, stranger, headers).status_code == 200
    assert house.suppressed() == {2: "complaint"}
    assert returned.effects(house.app.db) == ["complained", "quarantined"]


def test_a_provider_posts_again_what_could_not_be_written(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("", {}, Exception("database is locked"))

    with monkeypatch.context() as patch:
        patch.setattr(webhooks, "take", away)
        answer = house.ses(2)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert house.ses(2).status_code == 200
    assert house.suppressed() == {2: "bounce"}


def test_a_fault_of_ours_in_one_event_loses_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real = webhooks.take

    def faulty(app: App, report: Any, raw: bytes, **more: Any) -> object:
        if more["replay"] == "b0":
            raise ZeroDivisionError
        return real(app, report, raw, **more)

    monkeypatch.setattr(webhooks, "take", faulty)
    base = {"event": "spamreport", "sg_event_id": "b0", "email": "r1@example.net"}
    assert house.sendgrid([base, base | {"sg_event_id": "b1", "email": "r3@example.net"}]).status_code == 200
    assert house.suppressed() == {3: "complaint"}
    assert house.counts() == {("sendgrid", "webhook broken"): 1}


def test_a_flood_of_refused_posts_is_counted_in_a_few_writes(house: House) -> None:
    for _ in range(30):
        assert house.post("brevo", b"{}").status_code == 403
    assert house.counts() == {("brevo", "webhook refused"): 1}
    house.site.clock.at = house.now + timedelta(seconds=11)
    house.post("brevo", b"{}")
    assert house.counts() == {("brevo", "webhook refused"): 31}


def test_a_webhook_that_is_not_set_up_is_not_there(sqlite: Database, tmp_path: Path) -> None:
    house = House(sqlite, tmp_path, {"mailgun": {}, "postmark": {"username": "us"}, "sendgrid": {}})
    for name in (*TABLES, "imap", "listen", "nothing"):
        assert house.post(name, b"{}", signed.basic("us", "")).status_code == 404, name
        assert house.client.get(f"/feedback/{name}").status_code == 404, name


def test_a_person_who_opens_the_address_sees_that_it_is_there(house: House) -> None:
    answer = house.client.get("/feedback/ses")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert "posts events" in answer.text


def test_a_body_has_an_end(house: House) -> None:
    def parts() -> Iterator[bytes]:
        for _ in range(30):
            yield b" " * 50_000

    assert house.post("brevo", b" " * 1_000_001).status_code == 413
    assert house.client.post("/feedback/brevo", content=parts()).status_code == 413
    assert house.post("brevo", b" " * 999_990 + b"[]", {"X-Feedback-Token": "t0ken"}).status_code == 200
