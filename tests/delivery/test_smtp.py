"""The SMTP transport against a relay that does wrong at each step: no message is lost, none goes out twice."""

import asyncio
import ssl
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiosmtplib
import pytest
import trustme
import uvloop

from digest.config.schema import Relay as RelaySettings
from digest.delivery.transports.smtp import Smtp
from digest.delivery.transports.smtp.auth import log_in
from digest.errors import RelayError
from digest.outcomes import (
    Accepted,
    Deferred,
    Lost,
    Outcome,
    Refused,
    Rejected,
    Throttled,
    Undeliverable,
    Unknown,
)
from tests.waiting import stays_async

from .relay import Feed, Relay, messages

pytestmark = pytest.mark.timed


def unsettled(outcome: Outcome) -> bool:
    return isinstance(outcome, Lost | Throttled)


LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def fed(
    relay: Relay,
    count: int = 6,
    *,
    feed: Feed | None = None,
    size: int = 200,
    loop: str = "uvloop",  # the one that the command line takes
    **settings: Any,
) -> Feed:
    feed = feed or Feed(messages(count, size))
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(feed.run(Smtp(relay.settings(**settings), "main"), unsettled))
    return feed


def kinds(feed: Feed) -> Counter[str]:
    return Counter(type(outcomes[-1]).__name__ for outcomes in feed.outcomes.values())


def once(step: str, wrong: Any, times: int = 1) -> Any:
    """A script that does *wrong* the first time, then nothing."""
    left = [times]

    def script(at: str, line: int, to: str) -> Any:
        if at == step and left[0]:
            left[0] -= 1
            return wrong
        return None

    return script


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.delivery.transports.smtp.calls.FIRST_PAUSE", 0.01)
    monkeypatch.setattr("digest.delivery.transports.smtp.calls.FULL_PAUSE", 0.2)


@pytest.mark.parametrize("offers", [("PIPELINING", "SIZE 1000000"), ()], ids=["pipelining", "stepping"])
@pytest.mark.parametrize("connections", [1, 3])
def test_every_message_arrives_once_and_whole(offers: tuple[str, ...], connections: int) -> None:
    with Relay(offers=offers) as relay:
        sent = messages(40, 5000)
        feed = fed(relay, feed=Feed(list(sent)), connections=connections)
    assert kinds(feed) == {"Accepted": 40}
    assert sorted(relay.taken) == sorted((one.recipient, one.content) for one in sent)
    assert "queued as" in feed.last(1).reply  # type: ignore[union-attr]
    assert relay.lines <= connections


def test_commands_go_out_one_by_one_where_pipelining_is_not_offered() -> None:
    seen: list[int] = []

    def script(step: str, line: int, to: str) -> Any:
        if step == "mail":
            seen.append(len(relay.commands))
        return 0.05 if step in ("mail", "rcpt") else None

    with Relay(offers=(), script=script) as relay:
        fed(relay, 2, connections=1)
    assert [command.split()[0] for command in relay.commands] == [
        "EHLO",
        *["MAIL", "RCPT", "DATA"] * 2,
        "QUIT",
    ]


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["pipelining", "stepping"])
@pytest.mark.parametrize(
    ("step", "wrong", "kind"),
    [
        ("mail", "451 4.3.0 busy", Accepted),
        ("mail", "552 5.3.4 too big", Undeliverable),
        ("mail", "421 4.3.2 closing", Accepted),
        ("rcpt", "450 4.2.1 later", Deferred),
        ("rcpt", "550 5.1.1 no such user", Rejected),
        ("rcpt", "554 5.7.1 blocked", Refused),
        ("rcpt", "421 4.7.0 closing", Accepted),
        ("data", "451 4.3.0 later", Deferred),
        ("data", "554 5.7.1 no", Refused),
        ("dot", "451 4.3.0 later", Deferred),
        ("dot", "550 5.7.26 unauthenticated", Refused),
        ("dot", "550 5.1.1 nobody", Rejected),
        ("dot", "421 4.3.2 closing", Accepted),
        ("dot", "close", Unknown),
        ("dot", "reset", Unknown),
        ("dot", "garbage", Unknown),
        ("dot", "endless", Unknown),
        ("body", "close", Unknown),
        ("mail", "close", Accepted),
        ("mail", "reset", Accepted),
        ("mail", "garbage", Accepted),
        ("rcpt", "close", Accepted),
        ("rcpt", "garbage", Accepted),
        ("data", "close", Accepted),
        ("data", "endless", Accepted),
        ("rcpt", "twice", Accepted),
        ("mail", 0.3, Accepted),
        ("dot", 0.3, Accepted),
        ("greeting", "421 4.3.2 too busy", Accepted),
        ("greeting", "554 5.3.2 no", Accepted),
        ("greeting", "close", Accepted),
        ("greeting", "garbage", Accepted),
        ("ehlo", "421 4.3.2 not now", Accepted),
        ("greeting", "reset", Accepted),
        ("greeting", "endless", Accepted),
        ("ehlo", "close", Accepted),
        ("ehlo", "reset", Accepted),
        ("ehlo", "garbage", Accepted),
        ("mail", "endless", Accepted),
        ("mail", "twice", Accepted),
        ("rcpt", "reset", Accepted),
        ("rcpt", "endless", Accepted),
        ("data", "reset", Accepted),
        ("data", "garbage", Accepted),
        (
            "data",
            "354 go on\r\n354 go on",
            Accepted,
        ),  # it goes on before it has the message, which is kept from it
        ("rcpt", "550 5.1.1 no such user\r\n421 4.7.0 too many errors", Rejected),
        ("dot", "twice", Accepted),
    ],
)
def test_one_fault_hurts_one_message_at_most(
    offers: tuple[str, ...], step: str, wrong: Any, kind: type[Outcome], loop: str
) -> None:
    with Relay(offers=offers, script=once(step, wrong)) as relay:
        feed = fed(relay, 6, connections=1, loop=loop)
    ends = kinds(feed)
    assert sum(ends.values()) == 6
    assert max(Counter(relay.recipients).values()) == 1  # nobody twice
    if kind is Accepted:
        assert ends == {"Accepted": 6}
    else:
        assert ends == {"Accepted": 5, kind.__name__: 1}
    got = {f"r{number}@example.net" for number in feed.outcomes if isinstance(feed.last(number), Accepted)}
    assert got <= set(relay.recipients)


@pytest.mark.parametrize("step", ["mail", "data", "dot"])
def test_a_relay_that_hangs_is_given_up_after_the_timeout(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("digest.delivery.transports.smtp.run.DOT", 1.5)
    with Relay(script=once(step, "hang")) as relay:
        feed = fed(relay, 4, connections=1, timeout="1s")
    assert kinds(feed)["Accepted"] == (3 if step == "dot" else 4)
    assert max(Counter(relay.recipients).values()) == 1


def test_an_answer_out_of_step_makes_the_relay_stepped_from_then_on() -> None:
    with Relay(script=once("mail", "twice")) as relay:
        feed = fed(relay, 6, connections=1)
    assert kinds(feed) == {"Accepted": 6}


def test_a_refused_recipient_before_a_354_gets_a_lone_dot_and_nobody_an_empty_mail() -> None:
    def script(step: str, line: int, to: str) -> Any:
        return "550 5.1.1 no such user" if step == "rcpt" and to == "r2@example.net" else None

    with Relay(script=script, odd=True) as relay:
        feed = fed(relay, 5, connections=1)
    assert isinstance(feed.last(2), Rejected)
    assert kinds(feed) == {"Accepted": 4, "Rejected": 1}
    assert sorted(relay.recipients) == [f"r{number}@example.net" for number in (1, 3, 4, 5)]
    assert relay.lone_dots == 1


def test_a_relay_that_closes_after_a_few_messages_is_no_failure() -> None:
    with Relay(most=3) as relay:
        feed = fed(relay, 20, connections=2)
    assert kinds(feed) == {"Accepted": 20}
    assert sorted(relay.recipients) == sorted({f"r{number}@example.net" for number in range(1, 21)})


def test_our_own_limit_of_messages_on_a_connection_is_kept() -> None:
    with Relay() as relay:
        feed = fed(relay, 10, connections=1, messages_per_connection=4)
    assert kinds(feed) == {"Accepted": 10}
    assert relay.lines == 3
    assert relay.commands.count("QUIT") == 3


def test_a_refused_mark_sends_nothing_to_that_reader() -> None:
    with Relay() as relay:
        feed = fed(relay, feed=Feed(messages(9), refuse=frozenset({1, 4, 5, 9})), connections=1)
    assert sorted(relay.recipients) == [f"r{number}@example.net" for number in (2, 3, 6, 7, 8)]
    assert relay.lone_dots == 0
    assert set(feed.outcomes) - {1, 4, 5, 9} == {2, 3, 6, 7, 8}


def test_at_most_two_messages_a_connection_are_marked_and_not_answered() -> None:
    worst = 0

    class Counting(Feed):
        async def mark(self, delivery: int) -> float:
            nonlocal worst
            until = await super().mark(delivery)
            worst = max(worst, len(set(self.marked) - set(self.outcomes)))
            return until

    with Relay(script=lambda step, line, to: 0.01 if step == "dot" else None) as relay:
        feed = fed(relay, feed=Counting(messages(60)), connections=3)
    assert kinds(feed) == {"Accepted": 60}
    assert worst <= 2 * 3


def test_a_message_that_the_relay_cannot_carry_is_undeliverable_and_the_others_go() -> None:
    odd = messages(3)
    odd[0] = type(odd[0])(
        delivery=1,
        sender="b@x.org",
        recipient="דוד@example.net",
        message_id="<1@x>",
        parts=(b"a\r\n",),
        smtputf8=True,
    )
    odd[1] = type(odd[1])(
        delivery=2,
        sender="b@x.org",
        recipient="r2@example.net",
        message_id="<2@x>",
        parts=(b"A line.\r\n" * 200,),
    )
    with Relay(offers=("PIPELINING", "SIZE 1000")) as relay:
        feed = fed(relay, feed=Feed(odd))
    assert kinds(feed) == {"Undeliverable": 2, "Accepted": 1}
    assert relay.recipients == ["r3@example.net"]


@pytest.mark.parametrize(
    "address", ["a\r\nRCPT TO:<b@x.org>@x.org", "a b@x.org", "<a@x.org>", "", "a\0@x.org"]
)
def test_an_address_cannot_smuggle_a_command(address: str) -> None:
    bad = type(messages(1)[0])(
        delivery=1, sender="b@x.org", recipient=address, message_id="<1@x>", parts=(b"a\r\n",)
    )
    with Relay() as relay:
        feed = fed(relay, feed=Feed([bad, *messages(2)[1:]]))
    assert isinstance(feed.last(1), Undeliverable)
    assert relay.recipients == ["r2@example.net"]


def test_a_line_lost_before_the_dot_left_our_buffer_is_known_to_have_sent_nothing() -> None:
    with Relay(script=once("body", "reset"), offers=("PIPELINING", "SIZE 100000000")) as relay:
        long = [
            replace(one, parts=(b"Subject: long\r\n\r\n" + b"%s\r\n" % (b"x" * 990) * 12_000,))
            for one in messages(2)
        ]
        feed = fed(relay, feed=Feed(long), connections=1, loop="asyncio")
    first = feed.outcomes[1][0]
    assert isinstance(first, Lost)
    assert first.inside
    assert kinds(feed) == {"Accepted": 2}


@pytest.mark.parametrize(("wrong", "kind"), [("reset", Unknown), ("stop", Lost)])
def test_on_the_loop_of_the_command_line_a_reset_inside_a_body_is_unknown_and_our_own_cut_is_not(
    wrong: str, kind: type[Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its loop says that all is written, and never how much: what may have left has left."""
    monkeypatch.setattr("digest.delivery.transports.smtp.run.DOT", 0.3)
    long = [
        replace(one, parts=(b"Subject: long\r\n\r\n" + b"%s\r\n" % (b"x" * 990) * 12_000,))
        for one in messages(2)
    ]
    with Relay(script=once("body", wrong), offers=("PIPELINING", "SIZE 100000000")) as relay:
        feed = fed(relay, feed=Feed(list(long)), connections=1, timeout="1s")
    assert isinstance(feed.outcomes[1][0], kind)
    assert max(Counter(relay.recipients).values()) == 1


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("421 4.7.0 unusual rate of mail, slow down", Throttled),
        ("421 4.7.0 too many messages in this session", Lost),
        ("421 4.3.2 closing", Lost),
    ],
)
def test_a_relay_that_wants_it_slower_in_the_midst_of_a_connection_is_heard(
    words: str, kind: type[Outcome]
) -> None:
    def script(step: str, line: int, to: str) -> Any:
        return words if step == "rcpt" and line == 1 and len(relay.taken) == 3 else None

    with Relay(script=script) as relay:
        feed = fed(relay, 6, connections=1)
    assert kinds(feed) == {"Accepted": 6}
    assert [type(one[0]) for one in feed.outcomes.values()].count(kind) == 1
    assert sum(len(one) for one in feed.outcomes.values()) == 7


def test_a_relay_that_answers_drop_by_drop_is_given_up_like_a_silent_one() -> None:
    with Relay(script=once("mail", "drops")) as relay:
        feed = fed(relay, 3, connections=1, timeout="1s")
    assert kinds(feed) == {"Accepted": 3}
    assert relay.lines == 2


def test_a_relay_that_is_away_gets_its_messages_back_and_is_tried_again() -> None:
    relay = Relay()
    with relay:
        pass  # it has a port now, and nobody listens there
    feed = Feed(messages(3))

    async def scenario() -> None:
        run = asyncio.create_task(feed.run(Smtp(relay.settings(), "main"), unsettled))
        await stays_async(lambda: not feed.outcomes and not feed.marked, 0.1, "nobody took a message yet")
        with relay:
            await run

    asyncio.run(scenario())
    assert kinds(feed) == {"Accepted": 3}


def test_a_wrong_password_needs_a_person() -> None:
    with Relay(password="right") as relay, pytest.raises(RelayError, match=r"535 5\.7\.8"):
        fed(relay, username="me", password="wrong")
    assert relay.taken == []


@pytest.mark.parametrize(
    "host",
    [
        "localhost.mail.example.org",
        "127.0.0.1.example.org",
        "127.example",
        "localhosts",
        "10.0.0.1",
    ],
)
def test_no_password_leaves_in_clear_for_a_name_that_only_begins_like_this_machines(host: str) -> None:
    client = aiosmtplib.SMTP(hostname=host)
    relay = RelaySettings.model_validate(
        {"host": host, "security": "none", "username": "me", "password": "right"}
    )
    with pytest.raises(RelayError, match="clear text"):
        asyncio.run(log_in(client, relay, "main"))


def test_the_right_password_is_taken() -> None:
    with Relay(password="right") as relay:
        feed = fed(relay, username="me", password="right")
    assert kinds(feed) == {"Accepted": 6}


def test_a_relay_that_refuses_our_sender_for_good_needs_a_person() -> None:
    with (
        Relay(
            script=lambda step, line, to: "550 5.7.1 sender not allowed" if step == "mail" else None
        ) as relay,
        pytest.raises(RelayError, match="refuses us"),
    ):
        fed(relay, connections=1)


def test_a_relay_that_never_answers_a_dot_is_left_before_the_list_is_unknown() -> None:
    with Relay(script=lambda step, line, to: "close" if step == "dot" else None) as relay:
        feed = Feed(messages(100))
        with pytest.raises(RelayError, match="without an answer"):
            fed(relay, feed=feed, connections=2)
    assert len(relay.taken) <= 2 * 2 + 3 + 2


# ---------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, str]:
    made = trustme.CA()
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    made.cert_pem.write_to_path(str(file))
    return made, str(file)


def served(authority: trustme.CA, **more: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", **more).configure_cert(context)
    return context


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_messages_go_over_tls(authority: tuple[trustme.CA, str], security: str) -> None:
    context = served(authority[0])
    ways: dict[str, Any] = {"tls": context} if security == "tls" else {"starttls": context}
    with Relay(**ways) as relay:
        feed = fed(relay, 30, size=60_000, security=security, ca_file=authority[1])
    assert kinds(feed) == {"Accepted": 30}
    assert sorted(relay.taken) == sorted((one.recipient, one.content) for one in messages(30, 60_000))


@pytest.mark.parametrize(("step", "wrong"), [("dot", "close"), ("mail", "reset"), ("rcpt", "garbage")])
def test_a_fault_under_tls_hurts_one_message_at_most(
    authority: tuple[trustme.CA, str], step: str, wrong: str
) -> None:
    with Relay(tls=served(authority[0]), script=once(step, wrong)) as relay:
        feed = fed(relay, 6, connections=1, security="tls", ca_file=authority[1])
    assert kinds(feed) == ({"Accepted": 5, "Unknown": 1} if step == "dot" else {"Accepted": 6})
    assert max(Counter(relay.recipients).values()) == 1


@pytest.mark.parametrize(
    "wrong", ["454 4.7.0 TLS not available", "502 5.5.1 no", "close", "reset", "garbage"]
)
def test_a_relay_that_refuses_starttls_gets_nothing_in_clear_text_and_is_tried_again(
    authority: tuple[trustme.CA, str], wrong: str
) -> None:
    with Relay(starttls=served(authority[0]), script=once("starttls", wrong, 2)) as relay:
        feed = fed(relay, 4, connections=1, security="starttls", ca_file=authority[1])
    assert kinds(feed) == {"Accepted": 4}
    before = relay.commands[: [one for one, said in enumerate(relay.commands) if said == "STARTTLS"][-1]]
    assert {said.split()[0] for said in before} <= {"EHLO", "STARTTLS", "QUIT"}


def test_a_relay_that_always_refuses_starttls_holds_no_message(authority: tuple[trustme.CA, str]) -> None:
    feed = Feed(messages(4))
    refusing = Relay(
        starttls=served(authority[0]),
        script=lambda step, line, to: "454 4.7.0 no" if step == "starttls" else None,
    )
    with refusing as relay:
        way = Smtp(relay.settings(security="starttls", ca_file=authority[1]), "main")
        with pytest.raises(TimeoutError):
            asyncio.run(feed.run(way, unsettled, seconds=0.7))
    assert relay.lines > 2  # it tried, and tried again
    assert (feed.marked, feed.outcomes, relay.taken) == ([], {}, [])


def test_an_expired_certificate_needs_a_person(authority: tuple[trustme.CA, str]) -> None:
    old = served(authority[0], not_after=datetime(2020, 1, 1, tzinfo=UTC))
    with Relay(starttls=old) as relay, pytest.raises(RelayError, match="certificate"):
        fed(relay, security="starttls", ca_file=authority[1])
    assert relay.taken == []


def test_a_certificate_of_a_stranger_needs_a_person(authority: tuple[trustme.CA, str]) -> None:
    with Relay(tls=served(authority[0])) as relay, pytest.raises(RelayError, match="certificate"):
        fed(relay, security="tls")


def test_a_relay_without_starttls_gets_no_mail_in_clear_text() -> None:
    with Relay() as relay, pytest.raises(RelayError, match="does not offer"):
        fed(relay, security="starttls")
    assert relay.taken == []


def test_words_of_an_answer_that_sound_like_a_missing_offer_need_no_person(
    authority: tuple[trustme.CA, str],
) -> None:
    wrong = once("starttls", "454 4.7.0 TLS is not supported at this moment")
    with Relay(starttls=served(authority[0]), script=wrong) as relay:
        feed = fed(relay, 2, connections=1, security="starttls", ca_file=authority[1])
    assert kinds(feed) == {"Accepted": 2}
