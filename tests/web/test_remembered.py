"""What the desk remembers between two looks stays bounded, and threads may ask at once."""

import threading

from digest.web.desk.cache import Remembered
from digest.web.desk.watch import Watched


def test_an_answer_is_asked_again_only_when_what_it_depends_on_changed() -> None:
    kept, asked = Remembered(), [0]

    def ask() -> int:
        asked[0] += 1
        return asked[0]

    assert [kept.of("a", 1, ask), kept.of("a", 1, ask), kept.of("a", 2, ask)] == [1, 1, 2]


def test_the_answer_that_was_used_longest_ago_goes_first() -> None:
    kept = Remembered(most=3)
    for key in "abc":
        kept.of(key, 0, lambda: key)  # noqa: B023 - asked at once
    kept.of("a", 0, lambda: "a")
    for number in range(1000):
        kept.of(number, 0, lambda: 0)
        kept.of("a", 0, lambda: "asked again")
    assert len(kept) == 3
    assert kept.of("a", 0, lambda: "asked again") == "a"


def test_editions_that_nobody_looks_at_any_more_are_forgotten() -> None:
    watched = Watched(most=4)
    for number in range(500):
        watched.rate(("sqlite://", number), number)
    assert len(watched._seen) == 4


def test_two_databases_do_not_share_a_rate() -> None:
    watched = Watched()
    watched.rate(("one", 1), 5)
    watched.rate(("other", 1), 900)
    assert [looks[0][1] for looks in watched._seen.values()] == [5, 900]


def test_many_threads_ask_at_once() -> None:
    kept, watched, faults = Remembered(most=5), Watched(most=5), list[BaseException]()

    def look() -> None:
        try:
            for number in range(2000):
                kept.paced(number % 11, lambda: 1)
                watched.rate(("x", number % 11), number)
        except BaseException as problem:
            faults.append(problem)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert faults == []
    assert len(kept) == 5
