"""Who asks to come in: what is counted of it, and when a mail goes out."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from subscribers.model import Act, Witness
from subscribers.rules import Allowance, Limits
from subscribers.schema import limits
from subscribers.store.admission import Asked, Wanted, ask
from subscribers.store.wishes import move
from tests.subscribers.conftest import Site, good

DEEP = "a-long-part-of-it." * 8 + "example"  # of more letters than a key has room for


def asked(site: Site, address: str, usual: Limits | None = None) -> Asked:
    with site.database.write() as connection:
        wanted = Wanted(good(address), "daily")
        return ask(connection, site.links.keys, wanted, Witness(site.now, "form", network="n" * 32), usual)


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
            move(connection, 1, "daily", left, Witness(site.now, "one click"))
        site.later(minutes=1)
    else:
        site.later(days=8)
    assert asked(site, "a@x.example", few).then == "confirm"
