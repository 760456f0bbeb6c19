"""Who is not written to, and why: each address on its own, and no cause gives way to a lesser one."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from subscribers.api import audience, suppress
from subscribers.model import Act, Evidence, Reason
from subscribers.schema import suppressions
from subscribers.store.consents import consent_history
from subscribers.store.signup import SignUp, sign_up
from subscribers.store.subscriptions import transition
from subscribers.store.suppressions import (
    HASH,
    find_suppression,
    find_suppressions,
    lift_suppression,
    retract_bounce,
    store_suppression,
    suppression_reason,
)
from tests.subscribers.conftest import Site, good


@pytest.fixture
def site(site_on_sqlite: Site) -> Site:
    """The statements are the same on both databases, and test_store has them on both."""
    return site_on_sqlite


def suppressed(site: Site, reason: str, address: str | None = None, reader: int | None = None) -> bool:
    """Suppress now, a minute after what was before; return whether anything about it is new."""
    site.later(minutes=1)
    with site.database.write() as connection:
        return suppress(
            connection,
            reason=reason,
            at=site.now,
            address=address,
            subscriber_id=reader,
            keys=site.links.keys,
        )


def reason(site: Site, address: str) -> Reason | None:
    with site.database.read() as connection:
        return suppression_reason(connection, key=address, keys=site.links.keys)


def reached(site: Site) -> set[str]:
    with site.database.read() as connection:
        return {row.address for row in connection.execute(audience("daily", at=site.now))}


def taken(site: Site, reader: int, made: datetime) -> bool:
    with site.database.write() as connection:
        return retract_bounce(connection, reader, made, site.now)


def test_a_reader_who_is_named_is_suppressed_whatever_address_was_written_to(site: Site) -> None:
    """The mail that came back may have gone to where the reader was before."""
    reader = site.reader("new@x.example")
    site.reader("old@x.example")
    assert suppressed(site, "bounce", "old@x.example", reader)
    assert reached(site) == {"old@x.example"}
    assert suppressed(site, "bounce", "old@x.example", 4711), "nobody has that number: the address counts"
    assert reached(site) == set()


def test_what_changes_nothing_answers_no(site: Site) -> None:
    assert suppressed(site, "bounce", "no address") is False
    assert suppressed(site, "bounce", reader=4711) is False
    assert suppressed(site, "bounce", "x@x.example") is True
    assert suppressed(site, "bounce", "X@x.example") is False
    reader = site.reader()
    assert suppressed(site, "bounce", reader=reader) is True
    assert suppressed(site, "bounce", reader=reader) is False


@pytest.mark.parametrize("address", ["ada@reader.example", "nobody@x.example"])
@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        ("bounce", "complaint", "complaint"),
        ("bounce", "manual", "manual"),
        ("bounce", "import", "import"),
        ("complaint", "bounce", "complaint"),
        ("manual", "bounce", "manual"),
        ("import", "complaint", "import"),
        ("erased", "bounce", "bounce"),
        ("complaint", "erased", "complaint"),
    ],
)
def test_a_cause_that_weighs_more_takes_the_place_of_a_lesser_one(
    site: Site, address: str, first: str, second: str, stands: str
) -> None:
    """A sign-up lifts a bounce: it must not lift the complaint, too, whichever of them came first."""
    site.reader("ada@reader.example")
    assert suppressed(site, "manual", "other@x.example")
    assert suppressed(site, first, address)
    since = site.now
    assert suppressed(site, second, address) is (stands != first)
    assert reason(site, address) == stands
    assert reason(site, "other@x.example") is Reason.MANUAL
    with site.database.read() as connection:
        times = [row.at for row in connection.execute(select(suppressions).order_by(suppressions.c.id))]
    assert times[1:] == [since if stands == first else site.now]


def test_a_sign_up_does_not_lift_a_complaint_that_came_after_a_bounce(site: Site) -> None:
    reader = site.reader()
    suppressed(site, "bounce", reader=reader)
    suppressed(site, "complaint", reader=reader)
    with site.database.write() as connection:
        wanted = SignUp(good("ada@reader.example"), "daily")
        asked = sign_up(connection, site.links.keys, wanted, Evidence(site.now, "form"))
        transition(connection, reader, "daily", Act.CONFIRM, Evidence(site.now, "an older mail"))
    assert asked.then == "silent"
    assert reached(site) == set()


def test_a_bounce_that_a_halted_run_made_is_taken_back_and_no_other(site: Site) -> None:
    one, two = site.reader("one@x.example"), site.reader("two@x.example")
    site.reader("three@x.example")
    suppressed(site, "bounce", reader=one)
    made = site.now
    with site.database.write() as connection:  # both in one transaction of the run
        suppress(connection, reason="bounce", at=made, subscriber_id=two)
    assert reached(site) == {"three@x.example"}
    site.later(minutes=5)
    assert taken(site, one, made) is True
    assert reached(site) == {"one@x.example", "three@x.example"}
    assert taken(site, one, made) is False
    with site.database.read() as connection:
        last = consent_history(connection, one)[-1]
        assert consent_history(connection, two)[-1].act == "suppress"
    assert (last.act, last.source, last.at) == ("lift", "taken back: the send was halted", site.now)


def test_a_suppression_of_another_time_or_cause_is_not_taken_back(site: Site) -> None:
    dead, angry = site.reader("dead@x.example"), site.reader("angry@x.example")
    suppressed(site, "bounce", reader=dead)
    assert taken(site, dead, site.now + timedelta(seconds=1)) is False
    suppressed(site, "complaint", reader=angry)
    assert taken(site, angry, site.now) is False
    assert taken(site, dead, site.now) is False, "that moment is another reader's"
    assert reached(site) == set()
    with site.database.read() as connection:
        assert [consent_history(connection, each)[-1].act for each in (dead, angry)] == ["suppress"] * 2


def test_who_is_let_in_again_by_hand_is_recorded_with_the_reason_and_others_stay_out(site: Site) -> None:
    reader, other = site.reader(), site.reader("other@x.example")
    suppressed(site, "bounce", reader=reader)
    suppressed(site, "bounce", reader=other)
    with site.database.write() as connection:
        lift_suppression(
            connection, "ada@reader.example", site.links.keys, Evidence(site.now, "dana: it was our fault")
        )
        entries = [(each.act, each.source) for each in consent_history(connection, reader)]
    assert entries[-1] == ("lift", "dana: it was our fault")
    assert reached(site) == {"ada@reader.example"}


def test_what_is_said_of_an_address_stays_with_the_reader_who_has_it(site: Site) -> None:
    """As a restore says it, of a file that names no reader."""
    reader = site.reader()
    suppressed(site, "bounce", reader=reader)
    with site.database.write() as connection:
        digest = site.links.keys.hashes(HASH, "ada@reader.example")[0]
        assert store_suppression(connection, None, digest, Reason.COMPLAINT, site.now) is True
        assert suppression_reason(connection, subscriber_id=reader) is Reason.COMPLAINT


def test_of_what_was_said_the_first_500_characters_are_kept(site: Site) -> None:
    reader = site.reader()
    with site.database.write() as connection:
        said = "550 5.1.1 " + "x" * 600
        suppress(connection, reason="bounce", at=site.now, subscriber_id=reader, words=said)
        assert find_suppressions(connection, [reader])[reader].words == said[:500]


def test_a_suppression_is_found_by_its_readers_address_and_by_no_other(site: Site) -> None:
    """Where it was made without the keys, there is no hash to find it by."""
    dead, keys = site.reader("dead@x.example"), site.links.keys
    site.reader("alive@x.example")
    with site.database.write() as connection:
        suppress(connection, reason="bounce", at=site.now, subscriber_id=dead, words="550 no")
        assert find_suppression(connection, "alive@x.example", keys) is None
        found = find_suppression(connection, "dead@x.example", keys)
        assert found is not None
        assert (found.subscriber_id, found.reason, found.words) == (dead, Reason.BOUNCE, "550 no")
