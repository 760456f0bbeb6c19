"""A relay in use: when it is of no use, and whose pace it goes by."""

import pytest

from digest.delivery.pace import halved
from digest.delivery.route import ALL, DENIED, Route
from digest.delivery.transports.memory import Memory


@pytest.fixture
def route() -> Route:
    return Route("main", Memory())


def test_it_is_down_when_it_fell_failed_or_denies_everything(route: Route) -> None:
    assert route.down is False
    route.denied = DENIED - 1
    assert route.down is False
    route.denied = DENIED
    assert route.down is True
    for what in ({"fell": True}, {"failed": RuntimeError("no")}):
        assert Route("main", Memory(), **what).down is True  # type: ignore[arg-type]


def test_the_slowest_of_its_own_pace_and_everybodys_holds(route: Route) -> None:
    route.rate = 10.0
    assert route.set_rates({}) is True
    assert (route.buckets, route.pace.limit) == ({"main": 10.0}, 10.0)
    assert route.set_rates({}) is False, "as before"
    assert route.set_rates({"main": 20.0}) is False
    assert route.set_rates({"main": 20.0, ALL: 5.0}) is True
    assert (route.buckets, route.pace.limit, route.pace.rate) == ({"main": 20.0, ALL: 5.0}, 5.0, 5.0)
    assert route.set_rates({"main": 0.0}) is False, "as fast as it goes"
    assert (route.buckets, route.pace.limit) == ({}, 0.0)


def test_a_pace_that_was_halved_outlives_another_limit(route: Route) -> None:
    route.set_rates({"main": 10.0})
    route.pace = halved(route.pace, 100.0, 10.0)
    assert route.set_rates({"main": 20.0}) is False
    assert (route.pace.limit, route.pace.rate) == (20.0, 5.0)
