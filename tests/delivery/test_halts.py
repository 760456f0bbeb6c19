"""When a provider is left alone: by share, by a streak that names authentication, and never for one tenant's rule."""

import pytest

from digest.delivery.halts import Halts, ProviderAnswers, Tally, counted, verdict
from digest.outcomes import Accepted, Deferred, Outcome, Refused, Rejected, Throttled, Undeliverable

OK, NO = Accepted(250, "2.0.0 ok"), Refused(550, "5.7.1 blocked")
UNSIGNED = Refused(550, "5.7.26 unauthenticated")
BIG = Undeliverable("too big", 552)
GONE, LATER, SLOW = Rejected(550, "5.1.1 nobody"), Deferred(451, "4.2.0 later"), Throttled(421, "4.7.0 slow")


def after(*outcomes: Outcome) -> str:
    standing = ProviderAnswers()
    for outcome in outcomes:
        standing = counted(standing, outcome)
    return verdict(standing)


@pytest.mark.parametrize("status", ["5.7.26", "5.7.515", "5.7.20", "5.7.25", "5.7.30"])
def test_three_in_a_row_that_name_authentication_are_enough(status: str) -> None:
    no = Refused(550, f"{status} no")
    assert "not authenticated" in after(OK, no, no, no)
    assert "not authenticated" in after(no, LATER, no, SLOW, no)  # what is not final breaks no row
    assert after(no, no, OK, no, no, OK) == ""
    assert after(no, no) == ""


@pytest.mark.parametrize(
    ("refused", "others", "halts"),
    [
        (19, 0, False),
        (20, 0, True),
        (1, 19, False),
        (4, 60, False),
        (5, 15, True),
        (5, 95, True),
        (5, 96, False),
    ],
)
def test_five_of_a_hundred_are_enough_among_twenty_at_least(refused: int, others: int, halts: bool) -> None:
    full = Rejected(552, "5.2.2 full", dead=False)
    assert bool(after(*[OK, OK, full, OK] * (others // 4), *[OK] * (others % 4), *[NO] * refused)) is halts


def test_who_turns_away_late_is_noticed_as_soon_as_at_the_start() -> None:
    standing, refused = ProviderAnswers(), 0
    for _ in range(100_000):
        standing = counted(standing, OK)
    while not verdict(standing):
        standing, refused = counted(standing, NO), refused + 1
    assert refused <= 21


@pytest.mark.parametrize(
    ("dead", "others", "halts"),
    [(5, 94, False), (5, 95, True), (4, 96, False), (6, 300, False), (7, 300, True)],
)
def test_more_than_two_dead_addresses_of_a_hundred_ask_for_a_person(
    dead: int, others: int, halts: bool
) -> None:
    assert bool(after(*[OK] * others, *[GONE] * dead)) is halts


def test_a_person_who_has_looked_is_not_asked_again_for_dead_addresses() -> None:
    halts = Halts()
    said = [halts.count("a", one) for one in [*[OK] * 95, *[GONE] * 5]]
    assert "not to exist" in said[-1]
    halts.hear(["a"])
    halts.hear([])
    assert {halts.count("a", GONE) for _ in range(300)} == {""}
    assert [bool(halts.count("a", UNSIGNED)) for _ in range(3)] == [False, False, True]


def test_each_provider_stands_for_itself_and_is_halted_once() -> None:
    halts = Halts()
    said = [halts.count(name, UNSIGNED) for _ in range(4) for name in ("a", "b")]
    assert [bool(one) for one in said] == [False] * 4 + [True, True, False, False]
    assert halts.halted == {"a", "b"}
    assert "5.7.26 unauthenticated" in said[4]


def test_who_is_let_go_on_starts_anew_and_others_halts_are_heard() -> None:
    halts = Halts()
    for _ in range(3):
        halts.count("a", UNSIGNED)
    halts.hear(["b"])  # a look from before ours was written
    assert halts.halted == {"a", "b"}
    halts.hear(["a", "b"])
    halts.hear([])
    assert halts.halted == set()
    assert [halts.count("a", UNSIGNED) for _ in range(2)] == ["", ""]
    assert halts.count("a", UNSIGNED)


@pytest.mark.parametrize(("accepted", "halts"), [(9, True), (10, False)])
@pytest.mark.parametrize("no", [NO, GONE, BIG, Rejected(552, "5.2.2 full", dead=False)])
def test_a_provider_or_a_run_that_accepts_fewer_than_half_of_its_first_twenty_stops(
    accepted: int, halts: bool, no: Outcome
) -> None:
    answers = [*[no] * (20 - accepted), *[OK] * accepted]
    tally = Tally()
    said = [tally.count("a", "main", one) for one in [LATER, *answers[:19], SLOW, answers[19]]]
    assert [bool(one) for one in said] == [*[False] * 21, halts]
    if no is GONE:
        assert bool(after(*answers)) is halts


def test_one_provider_at_fault_is_left_alone_and_one_relay_the_others_go_on() -> None:
    of_one, of_all, of_relay = Tally(), Tally(), Tally()
    for number in range(60):
        assert of_one.count(f"p{number % 3 and 1}", "main", OK if number % 3 == 0 else NO) == ""
        assert of_relay.count("p", f"r{number % 3 and 1}", OK if number % 3 == 0 else NO) == ""
    said = [of_all.count(f"p{number}", "main", OK if number % 3 == 0 else NO) for number in range(20)]
    assert [bool(one) for one in said] == [*[False] * 19, True]


def test_the_reason_of_a_stop_ends_on_the_last_answer_whatever_its_kind() -> None:
    halts = Halts(looked=False)
    for _ in range(20):
        by_relay, by_all = halts.count_all("a", "main", BIG)
    assert by_relay.endswith("; the last: 552 too big")
    assert by_all.endswith("; the last: 552 too big")


def test_later_in_a_run_refusals_stop_it_and_a_part_of_the_list_that_is_old_does_not() -> None:
    tally = Tally()
    said = [tally.count(f"p{number}", "main", OK) for number in range(500)]
    said += [tally.count(f"p{number}", "main", GONE) for number in range(100)]
    assert not any(said)
    said = [tally.count(f"p{number}", "main", NO) for number in range(11)]
    assert [bool(one) for one in said] == [*[False] * 10, True]


def test_who_has_looked_is_asked_again_for_refusals_only() -> None:
    halts = Halts(looked=True)
    assert {halts.count("a", GONE) for _ in range(60)} == {""}
    assert {halts.count_all(f"p{number}", "main", GONE) for number in range(60)} == {("", "")}
    said = [halts.count_all(f"p{number}", "main", NO) for number in range(20)]
    assert said[18] == ("", "")
    assert all("0 of the last 20" in one and "5.7.1 blocked" in one for one in said[19])
    assert halts.count_all("", "main", NO) == ("", "")  # a single mail


def test_old_answers_fade_from_four_hundred_on() -> None:
    standing = ProviderAnswers()
    for _ in range(399):
        standing = counted(standing, Accepted(250, ""))
    assert (standing.answers, standing.accepted) == (399, 399)
    standing = counted(standing, Refused(550, "5.7.1 no"))
    assert (standing.answers, standing.accepted, standing.refused) == (200, 199, 0)


def test_a_relay_is_not_doubtful_for_one_provider_that_refuses_what_others_take() -> None:
    of_one, of_many = Tally(), Tally()
    for number in range(8):
        of_one.count("a", "main", Refused(550, "5.7.1 no"))
        of_many.count(f"p{number}", "main", Refused(550, "5.7.1 no"))
    for _ in range(5):
        of_one.count("b", "main", Accepted(250, ""))
    assert (of_one.doubtful, of_many.doubtful) == (False, True)


def test_a_provider_is_halted_through_a_relay_that_others_take_mail_of() -> None:
    halts = Halts()
    for _ in range(10):
        for relay in ("one", "two"):
            assert halts.count_all("good", relay, Accepted(250, "")) == ("", "")
    no = Refused(550, "5.7.26 not authenticated")
    found = []
    for _ in range(4):
        halts.count_all("bad", "one", no)
        found.append(bool(halts.count("bad", no, "one")))
    assert found == [False, False, True, False], "it is told once"
    assert halts.halted == {"bad"}
    assert halts.count("", no) == "", "a single mail halts nobody"


def test_while_its_relay_is_doubtful_no_provider_is_halted_for_what_it_passes_on() -> None:
    halts = Halts()
    halts.count_all("good", "two", Accepted(250, ""))
    no = Refused(550, "5.7.26 not authenticated")
    for number in range(6):
        halts.count_all(f"p{number}", "one", no)
    assert [halts.count("bad", no, "one") for _ in range(4)] == [""] * 4
    assert halts.count("bad", no, "two") != ""


def test_the_only_relay_may_be_doubtful_and_a_provider_is_halted_all_the_same() -> None:
    halts = Halts()
    no = Refused(550, "5.7.26 not authenticated")
    for number in range(6):
        halts.count_all(f"p{number}", "one", no)
    assert [bool(halts.count("bad", no, "one")) for _ in range(4)] == [False, False, True, False]
