"""The links and addresses of one reader's mail: signed, filled the same way everywhere, and forged by nobody."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from digest.look.sample import newsletter
from digest.messages import personal, personal_links, return_path, slots
from digest.messages.personal_links import EVERYBODY, NOBODY, Seen
from digest.model import Edition, EditionState, StoredVariant
from digest.store import compositions
from subscribers.api import Links

LINKS = Links([b"k" * 40], "https://herald.example")
NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
EDITION = Edition(
    id=7, newsletter="daily", date=NOW.date(), state=EditionState.SENT, revision=2, now=NOW, since=NOW, subject="S",
    preheader="P", note="", approved_at=None, started_at=None, finished_at=None, halt="",
)  # fmt: skip


def token(url: str) -> str:
    return url.rpartition("/")[2]


@pytest.mark.parametrize("reader", [NOBODY, 1, 12_345, EVERYBODY])
def test_a_view_link_says_which_letter_it_shows(reader: int) -> None:
    seen = Seen(7, 2, reader)
    assert personal_links.seen_by(LINKS, token(personal_links.view_url(LINKS, seen))) == seen


def test_a_foreign_or_short_token_shows_nothing() -> None:
    other = Links([b"x" * 40], "https://herald.example")
    assert personal_links.seen_by(other, token(personal_links.view_url(LINKS, Seen(7, 2, 1)))) is None
    assert personal_links.seen_by(LINKS, LINKS.token("view", b"short")) is None
    assert personal_links.seen_by(LINKS, "nonsense") is None


def test_a_mails_view_link_names_nobody_and_its_way_out_names_its_reader() -> None:
    one, two = (personal_links.mail_values(LINKS, EDITION, reader, "bounces.example") for reader in (1, 2))
    assert one[slots.VIEW] == two[slots.VIEW]
    assert one[slots.UNSUBSCRIBE] != two[slots.UNSUBSCRIBE]
    assert one[personal.MAILTO].startswith("mailto:u+")
    assert one[personal.MAILTO].endswith("@bounces.example")
    assert personal.MAILTO not in personal_links.mail_values(LINKS, EDITION, 1, "")


def test_a_public_page_has_no_readers_links() -> None:
    shown, archived = (personal_links.public_values(LINKS, EDITION, who) for who in (5, EVERYBODY))
    assert shown[slots.UNSUBSCRIBE] == shown[slots.PREFERENCES] == LINKS.personal("daily")
    assert personal_links.seen_by(LINKS, token(shown[slots.VIEW])) == Seen(7, 2, NOBODY)
    assert personal_links.seen_by(LINKS, token(archived[slots.VIEW])) == Seen(7, 2, EVERYBODY)


def test_who_comes_from_the_archive_has_nobodys_links() -> None:
    nobody, everybody = (personal_links.slot_values(LINKS, EDITION, who) for who in (NOBODY, EVERYBODY))
    assert nobody[slots.UNSUBSCRIBE] == everybody[slots.UNSUBSCRIBE]
    assert nobody[slots.VIEW] != everybody[slots.VIEW]


def test_both_parts_are_filled() -> None:
    values = personal_links.slot_values(LINKS, EDITION, 1)
    kept = StoredVariant(
        id=1, edition=7, revision=2, language="en", sha256="", subject="S", preheader="P", nonce="n",
        html="<p>a</p>", text="a", compiled=b"", size=1,
    )  # fmt: skip
    assert "<p>a</p>" in personal_links.page(kept, values, None)
    assert personal_links.plain(replace(kept, text="plain"), values, None) == "plain"


@pytest.mark.parametrize("delivery", [0, 1, 2**31, 2**40])
def test_a_return_address_names_its_delivery(delivery: int) -> None:
    address = f"{return_path.verp(LINKS, delivery)}@bounces.example"
    assert return_path.delivery_of(LINKS, address) == delivery
    assert return_path.delivery_of(LINKS, address.upper()) == delivery
    assert return_path.delivery_of(Links([b"x" * 40], "https://herald.example"), address) is None


def test_no_other_address_names_one() -> None:
    assert return_path.delivery_of(LINKS, "bounces@bounces.example") is None
    assert return_path.delivery_of(LINKS, "b+nonsense@bounces.example") is None


def test_a_new_key_in_front_changes_no_message_id() -> None:
    both = Links([b"n" * 40, b"k" * 40], "https://herald.example")
    assert return_path.message_id_key(both) == return_path.message_id_key(LINKS)


def test_the_composition_of_a_stored_edition_is_its_heading() -> None:
    made = compositions.heading(EDITION, newsletter())
    assert (made.id, made.revision, made.subject, made.sections) == (7, 2, "S", ())
    assert made.title == newsletter().title
