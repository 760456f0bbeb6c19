"""Whose fault an answer is: real answers of real servers, and the rule that no address pays for our fault."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.delivery.blame import (
    Stage,
    account_name,
    asks_to_slow_down,
    classified,
    closes_for_speed,
    enhanced,
    names_authentication,
)
from digest.delivery.replies import RULES
from digest.outcomes import Accepted, Deferred, Outcome, Refused, Rejected, Throttled, Undeliverable

DEAD = [
    "550 5.1.1 The email account that you tried to reach does not exist",
    "550 5.1.1 <x@example.net>: Recipient address rejected: User unknown in virtual mailbox table",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "553 5.1.3 The recipient address is not a valid RFC 5321 address",
    "550 5.1.2 Host unknown",
    "550 No such user here",
    "550 Requested action not taken: mailbox unavailable; user unknown",
    "551 User not local; unknown user",
]
DEAD += [f"550 5.1.{detail} <x@example.net>" for detail in (1, 2, 3, 6, 10)]  # the code alone says it
COUNTED = [
    "552 5.2.2 The email account that you tried to reach is over quota",
    "550 5.2.1 The email account that you tried to reach is disabled",
    "552 mailbox full, storage exceeded",
    "550 5.4.1 Recipient address rejected: Access denied",
    "550 Requested action not taken",
]
OURS = [
    "550 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    "550 5.7.26 This mail has been blocked because the sender is unauthenticated",
    "550 5.7.515 Access denied, sending domain does not meet the required authentication level",
    "554 5.7.1 Message rejected as spam by Content Filtering",
    "554 Message refused: your IP is on our blocklist, see https://example.org/bl",
    "550 5.7.1 Unauthenticated email from example.org is not accepted due to domain's DMARC policy",
    "550 5.1.8 Sender address rejected: Domain not found",
    "554 Transaction failed: rejected due to reputation of user unknown at this host",
]
RELAYS = [
    "421 4.7.0 Try again later, closing connection",
    "421 4.7.28 Our system has detected an unusual rate of unsolicited mail",
    "454 Throttling failure: Maximum sending rate exceeded.",
    "454 4.7.0 Throttling failure: Daily message quota exceeded.",
    "452 4.3.1 Insufficient system storage",
    "451 4.7.1 Too many messages, slow down",
    "550 5.4.5 Daily sending quota exceeded",
]
LATER = [
    "450 4.7.1 <x@example.net>: Recipient address rejected: Greylisted, try again in 300 seconds",
    "451 4.7.1 Greylisting in action, please come back later; too many new senders",
    "452 4.2.2 The email account that you tried to reach is over quota",
    "450 4.2.0 Mailbox busy",
    "451 Requested action aborted: local error in processing",
    "503 5.5.1 Error: nested MAIL command",
    "501 5.5.4 Syntax error in parameters",
    "554 5.5.1 Error: no valid recipients",
]


OUR_NAMES = frozenset({"news@paper.example.org", "paper.example.org", "bounce.paper.example.org"})
KINDS = {Accepted: "ok", Deferred: "later", Throttled: "slow", Refused: "ours", Undeliverable: "undeliv"}


def answers() -> list[tuple[Stage, str, str]]:
    """What servers answer, with what is right ("a|b": either)."""
    with (Path(__file__).parent / "answers.tsv").open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [(row["stage"], row["answer"], row["right"]) for row in rows]  # type: ignore[misc]


def kind(outcome: Outcome) -> str:
    """ok, later, slow, ours, undeliv; about the address: dead, or soft where it is only counted."""
    if isinstance(outcome, Rejected):
        return "dead" if outcome.dead else "soft"
    return KINDS[type(outcome)]


@pytest.mark.parametrize(("stage", "answer", "right"), answers())
def test_who_is_meant_by_an_answer(stage: Stage, answer: str, right: str) -> None:
    assert kind(classified(stage, int(answer[:3]), answer[4:], OUR_NAMES)) in right.split("|")


def asked(answer: str, stage: Stage = "rcpt") -> object:
    return classified(stage, int(answer[:3]), answer[4:])


@pytest.mark.parametrize("answer", DEAD)
def test_an_unknown_mailbox_is_a_dead_address(answer: str) -> None:
    assert asked(answer) == Rejected(int(answer[:3]), answer[4:], dead=True)


@pytest.mark.parametrize("answer", COUNTED)
def test_a_full_or_disabled_or_vaguely_refused_mailbox_is_counted_and_not_suppressed(answer: str) -> None:
    assert asked(answer) == Rejected(int(answer[:3]), answer[4:], dead=False)


@pytest.mark.parametrize("stage", ["rcpt", "dot"])
@pytest.mark.parametrize("answer", OURS)
def test_what_is_about_us_is_refused_and_blames_no_reader(answer: str, stage: Stage) -> None:
    assert isinstance(asked(answer, stage), Refused)


@pytest.mark.parametrize("answer", RELAYS)
def test_throttling_and_quotas_are_the_relays(answer: str) -> None:
    assert isinstance(asked(answer), Throttled)


@pytest.mark.parametrize("answer", LATER)
def test_greylisting_and_answers_about_our_commands_are_tried_again(answer: str) -> None:
    assert isinstance(asked(answer), Deferred)


def test_any_answer_to_mail_is_the_relays_save_about_the_messages_size() -> None:
    assert isinstance(asked("550 5.7.1 sender not allowed", "mail"), Throttled)
    assert isinstance(asked("451 4.3.0 busy", "mail"), Throttled)
    assert isinstance(asked("550 5.1.1 user unknown", "mail"), Throttled)
    assert isinstance(asked("552 5.3.4 too big", "mail"), Undeliverable)


def test_only_codes_that_name_authentication_count_as_such() -> None:
    assert names_authentication(Refused(550, "5.7.26 unauthenticated"))
    assert names_authentication(Refused(550, "5.7.515 denied"))
    assert not names_authentication(Refused(550, "5.7.1 blocked"))
    assert not names_authentication(Rejected(550, "5.7.26 no"))


def test_the_enhanced_code_is_read_only_at_the_head_of_the_text() -> None:
    assert enhanced("5.1.10 gone") == "5.1.10"
    assert enhanced("see 5.1.1") == ""
    assert enhanced("5.1.1234 odd") == ""


@given(st.sampled_from(["rcpt", "data", "dot"]), st.integers(500, 599), st.text(max_size=80))
def test_without_a_word_about_the_mailbox_no_text_makes_an_address_dead(
    stage: Stage, code: int, text: str
) -> None:
    outcome = classified(stage, code, f"5.7.1 {text}")
    assert not (isinstance(outcome, Rejected) and outcome.dead)


@given(st.integers(200, 599), st.text(max_size=120))
def test_every_answer_has_an_outcome(code: int, text: str) -> None:
    stages: tuple[Stage, ...] = ("mail", "rcpt", "data", "dot")
    for stage in stages:
        outcome = classified(stage, code, text)
        assert not isinstance(outcome, Accepted) or 200 <= code < 300


CALLOUT = "550 Verification failed for <b+k3x@bounce.paper.example.org> No Such User Here"


def test_an_answer_that_names_us_is_not_about_the_reader() -> None:
    def of(answer: str, reader: str = "ann@reader.example") -> str:
        return kind(classified("rcpt", int(answer[:3]), answer[4:], OUR_NAMES, reader=reader))

    assert of(CALLOUT) == "ours"
    assert of("550 5.1.1 <NEWS@Paper.Example.ORG>: User unknown") == "ours"
    assert of("550 5.1.1 <ann@reader.example>: User unknown") == "dead"
    # a server may be called as we are, and a reader may have her mailbox at our own domain
    assert of("550 5.1.1 <ann@reader.example>: User unknown at host paper.example.org") == "dead"
    assert of("550 5.1.1 <ann@paper.example.org>: User unknown", "ann@paper.example.org") == "dead"
    assert of("550 5.1.1 <news@paper.example.org>: User unknown", "ann@paper.example.org") == "ours"
    assert of("550 5.1.1 <ann@notpaper.example.org>: User unknown") == "dead"


def test_letters_of_addresses_are_no_words() -> None:
    answer = "5.1.1 <spam-blocked-relay@reader.example>: User unknown"
    assert kind(classified("rcpt", 550, answer, OUR_NAMES)) == "dead"


def test_a_quoted_answer_counts_and_the_whole_one_is_kept() -> None:
    text = "5.1.1 <x@y.example>: undeliverable address: host mx.y.example[192.0.2.7] said: 550 5.7.1 Blocked"
    assert classified("rcpt", 550, text) == Refused(550, text)
    text = (
        "5.1.1 <x@y.example>: undeliverable address: host mx.y.example[192.0.2.7] said: 450 4.2.0 greylisted"
    )
    assert classified("rcpt", 550, text) == Deferred(450, text)


def test_an_account_that_is_a_plain_word_is_no_name() -> None:
    assert account_name("user") == account_name("apikey") == account_name("") == frozenset()
    assert account_name("News@paper.example.org") == {"news@paper.example.org"}


def test_with_words_about_us_beside_them_no_words_make_an_address_dead() -> None:
    for stage, answer, right in answers():
        if answer[0] == "5" and stage != "mail" and set(right.split("|")) <= {"ours", "slow"}:
            for said in (f"{answer[4:]} No such user here", f"{answer[4:]}; user unknown"):
                assert kind(classified(stage, int(answer[:3]), said, OUR_NAMES)) != "dead", said


def test_every_rule_names_its_source_and_finds_something() -> None:
    for rule in RULES:
        assert rule.source
        assert all(rule.phrases)


@pytest.mark.parametrize("status", ["1.7", "1.8", "7.8", "7.9", "7.11", "7.12", "7.14"])
def test_a_code_about_our_address_or_login_is_ours_whatever_the_words_say(status: str) -> None:
    assert isinstance(classified("rcpt", 550, f"5.{status} user unknown"), Refused)


@pytest.mark.parametrize("status", ["3.1", "3.2", "4.5", "5.3", "7.28", "1.90", "7.232", "7.233"])
def test_a_code_about_a_limit_is_one_without_a_word(status: str) -> None:
    assert isinstance(classified("rcpt", 550, f"5.{status} <x@example.net>"), Throttled)
    assert isinstance(classified("dot", 452, f"4.{status} <x@example.net>"), Throttled)


@pytest.mark.parametrize(
    ("stage", "code", "text", "outcome"),
    [
        ("rcpt", 550, "5.1.1 blocked", Refused),
        ("rcpt", 550, "5.1.1 user unknown, listed in our block list", Rejected),
        ("dot", 552, "5.3.4 message blocked", Refused),
        ("dot", 552, "5.3.4 no", Undeliverable),
        ("dot", 552, "5.2.3 no", Undeliverable),
        ("dot", 552, "no", Rejected),
        ("dot", 553, "no", Refused),
        ("dot", 552, "5.3.4 user unknown", Undeliverable),
        ("dot", 552, "message too big", Undeliverable),
        ("dot", 552, "message too big, mailbox full", Rejected),
        ("rcpt", 550, "5.6.0 no", Refused),
        ("rcpt", 550, "5.7.0 no", Refused),
        ("rcpt", 550, "no", Rejected),
        ("data", 550, "no", Refused),
        ("data", 550, "5.1.0 no", Rejected),
        ("data", 550, "5.2.0 no", Rejected),
        ("data", 550, "5.4.0 no", Rejected),
        ("data", 550, "5.3.0 no", Refused),
        ("data", 550, "address rejected", Rejected),
        ("data", 550, "5.5.0 no", Deferred),
        ("data", 550, "5.5.0 address rejected", Rejected),
    ],
)
def test_a_code_and_words_that_disagree(stage: Stage, code: int, text: str, outcome: type[Outcome]) -> None:
    assert isinstance(classified(stage, code, text), outcome)


def test_answers_quoted_within_answers_without_end_are_read_to_some_depth() -> None:
    assert isinstance(classified("dot", 550, "host said: 550 " * 2000 + "no"), Refused | Rejected)


def test_who_asks_for_less_is_told_from_who_has_troubles_of_their_own() -> None:
    found = [asks_to_slow_down(Throttled(code, "4.7.0 no")) for code in (421, 450, 451, 452, 454, 432, 550)]
    assert found == [True] * 5 + [False] * 2
    assert not asks_to_slow_down(Throttled(451, "4.2.0 no"))


def test_words_of_a_limit_ask_for_less_whatever_the_code_is_and_grey_lists_do_not() -> None:
    assert asks_to_slow_down(Throttled(550, "5.7.28 too many messages, rate limit exceeded"))
    assert closes_for_speed("4.0.0 rate limit exceeded, slow down")
    assert not closes_for_speed("4.0.0 greylisted, rate limit exceeded, try again later")
    assert not closes_for_speed("4.2.0 going down for a moment")


@pytest.mark.parametrize("status", ["", "5.0.0", "5.3.0", "5.5.0"])
def test_a_code_that_says_nothing_leaves_it_to_the_words(status: str) -> None:
    for code in (550, 551, 553):
        assert kind(classified("rcpt", code, f"{status} user unknown".strip())) == "dead"
    for code in (549, 552, 554):
        assert kind(classified("dot", code, f"{status} user unknown".strip())) == "soft"
    assert kind(classified("dot", 554, f"{status} host unknown".strip())) == "dead"


@pytest.mark.parametrize(
    ("status", "right"), [("1.0", "dead"), ("4.0", "dead"), ("2.0", "soft"), ("5.1", "soft")]
)
def test_a_domain_that_is_not_there_is_believed_where_the_code_is_about_addresses_or_routes(
    status: str, right: str
) -> None:
    assert kind(classified("dot", 554, f"5.{status} host unknown")) == right


@pytest.mark.parametrize("subject", ["6", "7"])
def test_a_code_about_content_or_policy_is_ours_unless_words_name_the_mailbox_alone(subject: str) -> None:
    assert kind(classified("rcpt", 550, f"5.{subject}.1 user unknown")) == "soft"
    assert kind(classified("rcpt", 550, f"5.{subject}.1 user unknown, you are on our block list")) == "ours"
    assert kind(classified("rcpt", 550, f"5.{subject}.1 host unknown")) == "ours"


@pytest.mark.parametrize("code", [500, 501, 502, 503, 504, 555])
def test_what_is_said_of_our_commands_is_tried_again_unless_it_is_about_the_address(code: int) -> None:
    assert kind(classified("dot", code, "no")) == "later"
    assert kind(classified("dot", code, "bad address syntax: address rejected")) == "soft"
    assert [kind(classified("dot", other, "no")) for other in (499, 505, 554, 556)] == [
        "later",
        *["ours"] * 3,
    ]


@pytest.mark.parametrize("code", [530, 534, 535, 538])
def test_a_code_about_our_login_is_ours(code: int) -> None:
    assert kind(classified("rcpt", code, "user unknown")) == "ours"


def test_a_code_of_another_class_than_the_answers_does_not_make_an_address_dead() -> None:
    assert kind(classified("rcpt", 550, "4.1.1 no")) == "soft"
    assert kind(classified("rcpt", 550, "5.1.1 no")) == "dead"
    assert kind(classified("rcpt", 550, "sorry, no mailbox (#5.1.1)")) == "dead"
    assert kind(classified("dot", 550, "2.1.1 no")) == "ours"  # a success within a failure says nothing


@pytest.mark.parametrize(
    ("stage", "code", "right"),
    [
        ("rcpt", 250, "ok"),
        ("rcpt", 299, "ok"),
        ("rcpt", 200, "ok"),
        ("data", 250, "ok"),
        ("dot", 250, "ok"),
        ("rcpt", 199, "later"),
        ("rcpt", 300, "later"),
        ("connect", 250, "slow"),
        ("auth", 250, "slow"),
        ("mail", 250, "slow"),
        ("rcpt", 421, "slow"),
        ("rcpt", 420, "later"),
        ("rcpt", 422, "later"),
        ("dot", 599, "ours"),
        ("dot", 600, "later"),
        ("dot", 499, "later"),
    ],
)
def test_a_code_alone(stage: Stage, code: int, right: str) -> None:
    assert kind(classified(stage, code, "so it is")) == right


@pytest.mark.parametrize("stage", ["connect", "auth", "mail"])
@pytest.mark.parametrize(
    ("code", "text", "right"),
    [
        (552, "5.3.4 no", "undeliv"),
        (452, "5.2.3 no", "undeliv"),
        (552, "message too big", "undeliv"),
        (552, "no", "undeliv"),
        (552, "mailbox full", "slow"),
        (551, "message too big", "slow"),
        (552, "5.3.4 sending quota exceeded", "slow"),
    ],
)
def test_before_a_reader_is_named_only_the_size_is_the_mails(
    stage: Stage, code: int, text: str, right: str
) -> None:
    assert kind(classified(stage, code, text)) == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("mailbox full, sending limit exceeded", "slow"),
        ("4.2.2 account quota exceeded", "later"),
        ("4.2.1 mailbox full", "later"),
        ("rate limit exceeded, message too big", "later"),
        ("the recipient is receiving mail too quickly, rate limit exceeded", "later"),
        ("greylisted, rate limit exceeded", "later"),
    ],
)
def test_what_one_reader_gets_from_others_is_no_limit_of_ours(text: str, right: str) -> None:
    assert kind(classified("rcpt", 451, text)) == right


def test_whoever_is_quoted_an_answer_that_names_us_is_ours() -> None:
    said = "5.1.1 <news@paper.example.org>: host mx.y.example said: 550 5.1.1 user unknown"
    assert classified("rcpt", 550, said, OUR_NAMES) == Refused(550, said)
    for quoted, outcome in [
        ("552 5.3.4 too big", Undeliverable("host said: 552 5.3.4 too big", 550)),
        ("550 5.1.1 user unknown", Rejected(550, "host said: 550 5.1.1 user unknown", dead=True)),
        ("550 5.2.2 mailbox full", Rejected(550, "host said: 550 5.2.2 mailbox full", dead=False)),
        ("421 slow down", Throttled(421, "host said: 421 slow down")),
        ("451 later", Deferred(451, "host said: 451 later")),
    ]:
        assert classified("dot", 550, f"host said: {quoted}") == outcome


def test_five_answers_within_one_another_are_followed() -> None:
    def deep(count: int) -> str:
        return kind(classified("dot", 550, "host said: 550 " * count + "5.1.1 no"))

    assert [deep(count) for count in (1, 5, 6)] == ["dead", "dead", "ours"]


def test_an_empty_name_of_ours_is_no_name_and_a_server_may_be_called_as_we_are() -> None:
    def of(text: str) -> str:
        return kind(
            classified("rcpt", 550, f"5.1.1 {text}", frozenset({"", "Paper.example"}), reader="a@b.example")
        )

    assert of("user unknown") == of("user unknown at host paper.example") == "dead"
    assert of("user unknown at paper.example") == of("host paper.example: paper.example unknown") == "ours"
    assert of("user unknown at paper.example.net") == of("user unknown at my-paper.example") == "dead"


@pytest.mark.parametrize(
    ("text", "speed"),
    [
        ("4.7.0 no", True),
        ("4.3.2 rate limit exceeded", False),
        ("4.7.0 too many messages in this session", False),
        ("4.7.0 connection limit", False),
        ("no", False),
        ("rate limit exceeded", True),
    ],
)
def test_a_line_is_closed_for_our_speed_or_because_it_had_its_share(text: str, speed: bool) -> None:
    assert closes_for_speed(text) is speed


@pytest.mark.parametrize("detail", [*range(20, 31), 515])
def test_each_code_about_authentication_counts(detail: int) -> None:
    assert names_authentication(Refused(550, f"5.7.{detail} no"))
    assert not names_authentication(Refused(550, "5.7.19 no"))
    assert not names_authentication(Refused(550, "5.7.31 no"))


@pytest.mark.parametrize("status", ["3.4", "2.3"])
def test_a_code_about_the_size_is_the_mails(status: str) -> None:
    assert kind(classified("rcpt", 550, f"5.{status} no")) == "undeliv"


@pytest.mark.parametrize("user", ["a@b", "first.last", "under_score", "user7", "two-words"])
def test_an_account_with_more_than_letters_is_a_name(user: str) -> None:
    assert account_name(user.upper()) == {user}


@pytest.mark.parametrize(
    "said",
    ["receiving mail at a rate that prevents delivery", "mailbox full", "account disabled"],
)
def test_what_one_reader_cannot_take_just_now_is_counted_and_nobodys_fault(said: str) -> None:
    assert kind(classified("dot", 550, said)) == "soft"


@pytest.mark.parametrize("status", ["5.1.0", "5.2.0", "5.4.0"])
def test_a_code_that_says_something_else_keeps_words_from_making_an_address_dead(status: str) -> None:
    assert kind(classified("rcpt", 550, f"{status} user unknown")) == "soft"
