"""Out by mail: the address it came to decides, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.links import Links
from subscribers.mailto import mail_tokens, unsubscribe_by_mail
from subscribers.model import Evidence, State, Transition
from subscribers.store import people
from tests.subscribers.conftest import KEY, Site


def ended(site: Site, message: bytes, *recipients: str) -> list[Transition]:
    with site.database.write() as connection:
        return unsubscribe_by_mail(connection, site.links, message, Evidence(site.now, "mailto"), recipients)


def state(site: Site, reader: int, newsletter: str = "daily") -> str:
    with site.database.read() as connection:
        found = people.find_subscription(connection, reader, newsletter)
    return str(found.state) if found else ""


@pytest.mark.parametrize(
    "shape",
    [
        "To: <{}>\r\n\r\n",
        "To: {}\n\nstop",
        "To: Unsubscribe <{}>, <other@x.example>\r\nSubject: x\r\n\r\n",
        "Delivered-To: {}\nTo: list@x.example\n\n",
        "to:\r\n {}\r\n\r\n",
    ],
)
@pytest.mark.parametrize("case", [str.lower, str.upper])
def test_a_mail_to_the_readers_own_mailbox_ends_that_list(site: Site, shape: str, case: "type[str]") -> None:
    reader = site.reader()
    site.reader(newsletter="boker")
    mailbox = case(f"{site.links.unsubscribe_mailbox(reader, 'daily')}@bounce.paper.example")
    done = ended(site, ("From: mallory@evil.example\r\n" + shape.format(mailbox)).encode())
    assert done == [Transition(reader, State.ACTIVE, State.ENDED)]
    assert (state(site, reader), state(site, reader, "boker")) == ("ended", "active")
    assert ended(site, f"To: {mailbox}\n\n".encode())[0].changed is False


def test_the_envelope_says_more_than_the_headers(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    one, two = site.reader("one@x.example"), site.reader("two@x.example")
    boxes = [f"{site.links.unsubscribe_mailbox(each, 'daily')}@b.example" for each in (one, two)]
    assert [each.subscriber_id for each in ended(site, f"To: {boxes[0]}\n\n".encode(), boxes[1])] == [two]


def test_a_forged_from_ends_nobody(site_on_sqlite: Site) -> None:
    site = site_on_sqlite
    reader = site.reader("ada@reader.example")
    forged = Links([b"somebody else's key, of 32 bytes"], "https://x").unsubscribe_mailbox(reader, "daily")
    for to in ("unsubscribe@paper.example", f"{forged}@b.example", f"u+{'a' * 36}@b.example"):
        assert ended(site, f"From: ada@reader.example\nTo: {to}\nSubject: unsubscribe\n\n".encode()) == []
    assert state(site, reader) == "active"


def test_a_mail_of_an_erased_reader_is_no_fault(site_on_sqlite: Site) -> None:
    box = Links([KEY], "https://x").unsubscribe_mailbox(4711, "daily")
    assert ended(site_on_sqlite, f"To: {box}@b.example\n\n".encode()) == []


@given(st.binary(max_size=300))
def test_no_mail_breaks_the_reading(raw: bytes) -> None:
    assert isinstance(mail_tokens(raw), tuple)
    assert mail_tokens(b"Subject: u+aaaaaaaaaaaaaaaaaaaaaaaa@x.example\n\n" + raw) in ((), mail_tokens(raw))
