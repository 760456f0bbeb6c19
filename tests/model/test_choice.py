"""What an editor did goes to the database and comes back the same, whatever kind it is of."""

import json
from datetime import UTC, timedelta, timezone
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, JsonValue

from digest.model import Act
from digest.model.choice import (
    KINDS,
    Hold,
    Line,
    Move,
    OfEdition,
    OfStory,
    Pin,
    Spot,
    Unknown,
    decode,
    encode,
)

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5, minutes=45))])
st.register_type_strategy(AwareDatetime, st.datetimes(timezones=ZONES))
EVERY = st.sampled_from(sorted(KINDS.values(), key=lambda one: one.kind)).flatmap(st.builds)


@given(EVERY)
@settings(max_examples=300)
def test_every_kind_comes_back_as_it_was_stored(act: OfStory | OfEdition) -> None:
    kind, article, body = encode(act)
    found = decode(kind, article, json.loads(json.dumps(body)))
    assert found == act
    assert type(found) is type(act)
    assert article == act.article
    assert len(kind) <= 12, "the column has no more room"


def test_each_kind_has_a_name_of_its_own() -> None:
    named = {*get_args(OfStory), *get_args(OfEdition)}
    assert set(KINDS.values()) == named
    assert len(KINDS) == len(named)
    assert {*named, Unknown} == set(get_args(Act))
    assert set(get_args(Line)) <= named


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("hide", {"until": "noon"}),
        ("pin", {"place": 1, "was": 0, "column": 2}),
        ("move", {"to": {"section": "city", "place": 1, "was": 0, "page": 3}}),
        ("pin", {"place": "first"}),
        ("merge", {"value": "x"}),
        ("merge", {}),
        ("embargo", {"until": "2026-03-04T09:00:00"}),
    ],
)
def test_what_a_newer_version_stored_is_kept_as_it_is(kind: str, body: dict[str, JsonValue]) -> None:
    found = decode(kind, 7, body)
    assert found == Unknown(kind, 7, body)
    assert encode(found) == (kind, 7, body)


def test_what_is_left_out_is_what_a_new_act_has() -> None:
    """So a field with a default can be added to a kind, and needs no migration."""
    assert decode("pin", 7, {}) == Pin(7)
    assert decode("move", 7, {"to": {"section": "city"}}) == Move(7, Spot("city"))
    assert decode("embargo", 7, {}) == Hold(7)
