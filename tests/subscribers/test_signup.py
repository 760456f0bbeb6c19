"""Who asks to come in: what is counted of it, and when a mail goes out."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from subscribers import rules
from subscribers.api import suppress
from subscribers.model import Act, Evidence, Reason
from subscribers.rules import Allowance, Limits
from subscribers.schema import limits
from subscribers.store import people, suppressions
from subscribers.store.limits import count_within_limit
from subscribers.store.signup import SignUp, SignUpResult, add_subscriber, sign_up
from subscribers.store.subscriptions import transition
from tests.subscribers.conftest import Site, good

DEEP = "a-long-part-of-it." * 8 + "example"  # of more letters than a key has room for


def asked(site: Site, address: str, usual: Limits | None = None) -> SignUpResult:
    with site.database.write() as connection:
        wanted = SignUp(good(address), "daily")
        return sign_up(
            connection, site.links.keys, wanted, Evidence(site.now, "form", network="n" * 32), usual
        )


def test_what_is_counted_has_room_in_its_table_however_long_the_domain(site: Site) -> None:
    usual = Limits(domain=Allowance("domain", 1, timedelta(hours=1)))
    assert [asked(site, f"{name}@{DEEP}", usual).then for name in "ab"] == ["confirm", "later"]
    assert asked(site, f"c@other.{DEEP}", usual).then == "confirm"
    room = limits.c.key.type.length
    assert room is not None
    with site.database.read() as connection:
        keys = set(connection.execute(select(limits.c.key)).scalars())
    assert {len(key) for key in keys if key.startswith("a-long")} == {room}
    assert max(len(key) for key in keys) <= room


@pytest.mark.parametrize("left", [Act.END, None])
def test_an_address_that_was_typed_too_often_still_gets_a_mail_where_no_link_is_good(
    site_on_sqlite: Site, left: Act | None
) -> None:
    """After an end, or when the only link has run out, a new mail repeats nothing."""
    site, few = site_on_sqlite, Limits(address=Allowance("address", 1, timedelta(days=30)))
    assert [asked(site, "a@x.example", few).then, asked(site, "a@x.example", few).then] == [
        "confirm",
        "silent",
    ]
    site.later(hours=1)
    assert asked(site, "a@x.example", few).then == "silent", "its link is good"
    if left:
        with site.database.write() as connection:
            transition(connection, 1, "daily", left, Evidence(site.now, "one click"))
        site.later(minutes=1)
    else:
        site.later(days=8)
    assert asked(site, "a@x.example", few).then == "confirm"


USUAL = Limits()


@pytest.mark.parametrize(
    ("allowance", "most", "lasts"),
    [
        (USUAL.network, 30, timedelta(hours=1)),
        (USUAL.shared, 300, timedelta(hours=1)),
        (USUAL.domain, 1000, timedelta(hours=1)),
        (USUAL.address, 5, timedelta(days=1)),
        (USUAL.pending, 20_000, timedelta(days=1)),
        (USUAL.bounced, 2, timedelta(days=1)),
        (rules.OWN_MAILS, 3, timedelta(hours=1)),
        (rules.ADDRESS_CHANGES, 3, timedelta(days=1)),
        (rules.CHANGE_MAILS, 3, timedelta(days=1)),
    ],
)
def test_how_much_a_site_takes_without_a_word_of_its_settings(
    site_on_sqlite: Site, allowance: Allowance, most: int, lasts: timedelta
) -> None:
    begins = site_on_sqlite.now.replace(hour=0)
    row = {"kind": allowance.kind, "key": "a", "window": begins + lasts, "count": most - 1}
    with site_on_sqlite.database.write() as connection:
        connection.execute(insert(limits).values(**row))
        assert [count_within_limit(connection, allowance, "a", begins) for _ in range(2)] == [True, False]
        assert count_within_limit(connection, allowance, "a", begins + lasts) is True


def test_each_allowance_has_a_kind_of_its_own() -> None:
    every = [USUAL.network, USUAL.shared, USUAL.domain, USUAL.address, USUAL.pending, USUAL.bounced]
    every += [rules.OWN_MAILS, rules.ADDRESS_CHANGES, rules.CHANGE_MAILS]
    assert len({each.kind for each in every}) == len(every)
    longest = limits.c.kind.type.length
    assert longest is not None
    assert max(len(each.kind) for each in every) <= longest


def test_a_stranger_who_types_a_readers_address_chooses_nothing_for_them(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader("a@x.example", sections="city")
    with site.database.write() as connection:
        for then in ("already", "silent"):
            wanted = SignUp(good("a@x.example"), "daily", sections="world")
            assert sign_up(connection, site.links.keys, wanted, Evidence(site.now, "form")).then == then
            wish = people.find_subscription(connection, reader, "daily")
            assert wish is not None
            assert wish.sections == "city"


def test_an_operator_who_adds_a_suppressed_address_finds_it_in_the_list_as_such(site_on_sqlite: Site) -> None:
    site, keys = site_on_sqlite, site_on_sqlite.links.keys
    with site.database.write() as connection:
        suppress(connection, reason="complaint", at=site.now, address="a@x.example", keys=keys)
        done = add_subscriber(
            connection, keys, SignUp(good("a@x.example"), "daily"), Evidence(site.now, "a list")
        )
        assert (done.outcome, done.why) == ("never", "suppressed: complaint")
        found = people.subscriber_by_id(connection, done.subscriber_id)
        assert found is not None
        assert found.suppressed is True
        causes = suppressions.find_suppressions(connection, [found.id])
        assert {who: cause.reason for who, cause in causes.items()} == {found.id: Reason.COMPLAINT}


@pytest.mark.parametrize("state", [Act.RESUME, Act.PAUSE])
def test_a_reader_who_is_in_hears_of_strangers_asks_only_so_often(site_on_sqlite: Site, state: Act) -> None:
    site, few = site_on_sqlite, Limits(address=Allowance("address", 2, timedelta(days=1)))
    reader = site.reader("a@x.example")
    with site.database.write() as connection:
        until = site.now + timedelta(days=9)
        transition(connection, reader, "daily", state, Evidence(site.now, "page"), until=until)
    heard = []
    for _ in range(4):
        site.later(hours=1)
        heard.append(asked(site, "a@x.example", few).then)
    assert heard == ["already", "already", "silent", "silent"]
    site.later(days=1)
    assert asked(site, "a@x.example", few).then == "already"


def test_who_asks_again_before_confirming_gets_the_sections_of_the_last_wish_and_no_second_mail(
    site_on_sqlite: Site,
) -> None:
    site = site_on_sqlite
    with site.database.write() as connection:
        for sections, then in (("city", "confirm"), ("world", "silent")):
            wanted = SignUp(good("a@x.example"), "daily", sections=sections)
            done = sign_up(connection, site.links.keys, wanted, Evidence(site.now, "form"))
            wish = people.find_subscription(connection, done.subscriber_id, "daily")
            assert wish is not None
            assert (done.then, wish.sections) == (then, sections)
