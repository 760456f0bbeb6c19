"""Readers in the tables: who is written to, who never again, and what is remembered of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, column, insert, select, update

from digest.store.schema import deliveries, editions
from subscribers.api import audience, may_send, suppress
from subscribers.journal import attach_journal
from subscribers.model import Act, Evidence, Reason, State
from subscribers.replay import read_journal, replay_journal
from subscribers.rules import Allowance, Limits
from subscribers.schema import consents as consents_table
from subscribers.schema import subscribers as subscribers_table
from subscribers.schema import suppressions
from subscribers.store import address_changes, consents, people
from subscribers.store.consents import consent_history
from subscribers.store.erasure import erase_person, forget_unconfirmed
from subscribers.store.limits import count_within_limit
from subscribers.store.signup import SignUp, add_subscriber, sign_up
from subscribers.store.subscriptions import set_sections, transition
from subscribers.store.suppressions import lift_for_reasons, lift_suppression, suppression_reason
from tests.subscribers.conftest import Site, good

State_ = Callable[..., str]


def reached(site: Site, newsletter: str = "daily") -> list[str]:
    with site.database.read() as connection:
        found = audience(newsletter, at=site.now).order_by(column("subscriber_id"))
        return [row.address for row in connection.execute(found)]


def act(site: Site, reader: int, what: Act, **more: object) -> None:
    with site.database.write() as connection:
        transition(connection, reader, "daily", what, Evidence(site.now, "a test"), **more)  # type: ignore[arg-type]


# ---------------------------------------------------------------------------- the audience


def test_the_audience_carries_what_a_message_needs(site: Site) -> None:
    reader = site.reader(
        "Ada@Reader.example", name="Ada", language="he", zone="Asia/Jerusalem", sections="world,city"
    )
    with site.database.read() as connection:
        row = connection.execute(audience("daily")).one()
    assert row._asdict() == {
        "subscriber_id": reader, "address": "Ada@reader.example", "name": "Ada", "language": "he",
        "zone": "Asia/Jerusalem", "sections": "world,city", "domain": "reader.example",
    }  # fmt: skip


def test_only_active_unpaused_and_unsuppressed_readers_of_that_newsletter_are_reached(site: Site) -> None:
    site.reader("in@x.example")
    site.reader("elsewhere@x.example", "boker")
    act(site, site.reader("left@x.example"), Act.END)
    act(site, site.reader("paused@x.example"), Act.PAUSE, until=site.now + timedelta(days=2))
    dead = site.reader("dead@x.example")
    with site.database.write() as connection:
        sign_up(
            connection, site.links.keys, SignUp(good("asked@x.example"), "daily"), Evidence(site.now, "form")
        )
        suppress(connection, reason="bounce", at=site.now, subscriber_id=dead)
    assert reached(site) == ["in@x.example"]
    site.later(days=2)
    assert reached(site) == ["in@x.example", "paused@x.example"]  # a pause ends by itself


def test_without_a_moment_the_databases_clock_ends_a_pause(site: Site) -> None:
    act(site, site.reader("past@x.example"), Act.PAUSE, until=site.now)
    act(site, site.reader("future@x.example"), Act.PAUSE, until=site.now.replace(year=2990))
    with site.database.read() as connection:
        assert [row.address for row in connection.execute(audience("daily"))] == ["past@x.example"]


def planned(site: Site, *readers: int) -> None:
    with site.database.write() as connection:
        edition = connection.execute(
            insert(editions).values(
                newsletter="daily", date=site.now.date(), now=site.now, since=site.now, config_sha256="", subject="", preheader=""
            ).returning(editions.c.id)
        ).scalar_one()  # fmt: skip
        for reader in readers:
            connection.execute(
                insert(deliveries).values(
                    edition_id=edition,
                    subscriber_id=reader,
                    revision=1,
                    due=site.now,
                    deadline=site.now,
                    at=site.now,
                )
            )


def test_a_reader_who_left_after_planning_is_not_marked_in_the_same_statement(site: Site) -> None:
    stays, leaves, dies = (site.reader(f"{name}@x.example") for name in ("stays", "leaves", "dies"))
    planned(site, stays, leaves, dies)
    act(site, leaves, Act.END)
    with site.database.write() as connection:
        suppress(connection, reason="complaint", at=site.now, subscriber_id=dies)
        marked = connection.execute(
            update(deliveries)
            .values(state="handed")
            .where(deliveries.c.state == "queued", may_send("daily", deliveries.c.subscriber_id))
            .returning(deliveries.c.subscriber_id)
        ).scalars()
        assert list(marked) == [stays]


def test_may_send_asks_about_the_newsletter_of_each_row(site: Site) -> None:
    reader = site.reader("a@x.example")
    planned(site, reader)
    with site.database.read() as connection:
        joined = select(deliveries.c.id).join(editions, editions.c.id == deliveries.c.edition_id)
        wanted = joined.where(may_send(editions.c.newsletter, deliveries.c.subscriber_id))
        assert len(connection.execute(wanted).all()) == 1


# ---------------------------------------------------------------------------- acts


def test_asking_and_confirming_is_recorded_with_the_text_that_was_shown(site: Site) -> None:
    with site.database.write() as connection:
        asked = sign_up(
            connection,
            site.links.keys,
            SignUp(good("a@x.example"), "daily"),
            Evidence(site.now, "form", "Text.", "net"),
        )
        assert asked.then == "confirm"
        transition(
            connection, asked.subscriber_id, "daily", Act.CONFIRM, Evidence(site.now, "confirm page", "Yes")
        )
        history = consents.consent_history(connection, asked.subscriber_id)
    assert [(each.act, each.state, each.source, each.text) for each in history] == [
        ("ask", "pending", "form", "Text."),
        ("confirm", "active", "confirm page", "Yes"),
    ]
    assert reached(site) == ["a@x.example"]


def test_many_asks_are_one_mail_until_the_cool_down_is_over(site: Site) -> None:
    wanted = SignUp(good("a@x.example"), "daily")

    def then() -> str:
        with site.database.write() as connection:
            return sign_up(connection, site.links.keys, wanted, Evidence(site.now, "form")).then

    assert [then(), then(), then()] == ["confirm", "silent", "silent"]
    site.later(minutes=11)
    assert then() == "confirm"


def then(site: Site, address: str, limits: Limits | None = None, **more: str) -> str:
    """Ask for the daily at *address*; return what that leads to."""
    with site.database.write() as connection:
        wanted = SignUp(good(address), "daily", **more)
        return sign_up(connection, site.links.keys, wanted, Evidence(site.now, "form"), limits).then


@pytest.mark.parametrize("state", [Act.ADD, Act.END, Act.PAUSE, None])
@pytest.mark.parametrize(
    ("reason", "first"),
    [
        ("bounce", "confirm"),
        ("erased", "confirm"),
        ("complaint", "silent"),
        ("manual", "silent"),
        ("import", "silent"),
    ],
)
def test_a_suppressed_reader_gets_a_mail_where_the_cause_allows_it_and_then_the_edition(
    site: Site, state: Act | None, reason: str, first: str
) -> None:
    reader = site.reader("a@x.example", "boker" if state is None else "daily")
    if state is not None:
        act(site, reader, state, until=site.now + timedelta(hours=1))
    with site.database.write() as connection:
        suppress(connection, reason=reason, at=site.now, subscriber_id=reader, keys=site.links.keys)
    site.later(hours=2)
    assert then(site, "a@x.example") == first
    assert reached(site) == []  # an ask alone lifts nothing: anybody can type an address
    act(site, reader, Act.CONFIRM)
    assert reached(site) == (["a@x.example"] if first == "confirm" else [])


def test_strangers_who_type_a_dead_address_again_and_again_make_two_mails_a_day(site: Site) -> None:
    reader = site.reader("a@x.example")
    with site.database.write() as connection:
        suppress(connection, reason="bounce", at=site.now, subscriber_id=reader)
    asked = []
    for _ in range(12):
        site.later(minutes=11)
        asked.append(then(site, "a@x.example"))
    assert asked.count("confirm") == 2


def test_strangers_who_type_an_address_before_shut_nobody_out(site: Site) -> None:
    """However often it was typed, a mail with a good link is in the inbox; and after an end a new one comes."""
    asked = []
    for _ in range(20):
        site.later(minutes=11)
        asked.append(then(site, "a@x.example"))
    assert asked == ["confirm"] * 5 + ["silent"] * 15
    with site.database.read() as connection:
        reader = people.subscriber_by_key(connection, "a@x.example")
    assert reader is not None
    act(site, reader.id, Act.END)
    assert then(site, "a@x.example") == "confirm"


def test_signing_up_again_right_after_leaving_sends_a_mail(site: Site) -> None:
    assert then(site, "a@x.example") == "confirm"
    act(site, 1, Act.CONFIRM)
    site.later(minutes=1)
    assert [then(site, "a@x.example"), then(site, "a@x.example")] == ["already", "silent"]
    act(site, 1, Act.END)
    site.later(minutes=1)
    assert [then(site, "a@x.example"), then(site, "a@x.example")] == ["confirm", "silent"]


def test_while_nothing_is_confirmed_the_newest_ask_gives_the_name(site: Site) -> None:
    def name() -> str:
        with site.database.read() as connection:
            found = people.subscriber_by_id(connection, 1)
        assert found is not None
        return found.name

    then(site, "a@x.example", name="Somebody Rude", sections="city")
    then(site, "a@x.example", name="Ada")  # within the cool-down: no second mail, but hers is the name
    assert name() == "Ada"
    with site.database.read() as connection:
        wish = people.find_subscription(connection, 1, "daily")
    assert wish is not None
    assert wish.sections == ""
    act(site, 1, Act.CONFIRM)
    site.later(days=1)
    then(site, "a@x.example", name="Somebody Rude")
    assert name() == "Ada"


def test_a_full_sign_up_says_so_to_everybody_alike_and_notes_nothing(site: Site) -> None:
    site.reader("in@x.example")
    limits = Limits(pending=Allowance("pending", 1, timedelta(days=1)))
    assert then(site, "a@x.example", limits) == "confirm"
    site.later(minutes=11)
    for address in ("a@x.example", "in@x.example", "new@x.example"):
        assert then(site, address, limits) == "later"
    with site.database.read() as connection:
        assert people.subscriber_by_key(connection, "new@x.example") is None


def test_a_reader_who_is_in_is_told_so(site: Site) -> None:
    site.reader("in@x.example")
    assert then(site, "in@x.example") == "already"


@pytest.mark.parametrize(
    ("limits", "second"),
    [
        (Limits(network=Allowance("network", 1, timedelta(hours=1))), "later"),
        (Limits(domain=Allowance("domain", 1, timedelta(hours=1))), "later"),
        (Limits(pending=Allowance("pending", 1, timedelta(hours=1))), "later"),
    ],
)
def test_a_flood_of_asks_is_stopped_and_the_next_hour_is_free_again(
    site: Site, limits: Limits, second: str
) -> None:
    def then(name: str) -> str:
        with site.database.write() as connection:
            wanted = SignUp(good(f"{name}@x.example"), "daily")
            return sign_up(
                connection, site.links.keys, wanted, Evidence(site.now, "form", network="net"), limits
            ).then

    assert [then("a"), then("b")] == ["confirm", second]
    site.later(hours=1)
    assert then("c") == "confirm"


def test_windows_that_are_over_leave_no_rows(site: Site) -> None:
    from subscribers.schema import limits

    with site.database.write() as connection:
        rule = Allowance("network", 1, timedelta(minutes=1))
        assert count_within_limit(connection, rule, "a", site.now)
        assert not count_within_limit(connection, rule, "a", site.now)
        assert count_within_limit(connection, rule, "a", site.now + timedelta(minutes=2))
        assert len(connection.execute(select(limits)).all()) == 1


def test_an_operator_adds_the_new_and_never_raises_who_left(site: Site) -> None:
    def outcome(address: str) -> tuple[str, str]:
        with site.database.write() as connection:
            done = add_subscriber(
                connection,
                site.links.keys,
                SignUp(good(address), "daily"),
                Evidence(site.now, "by hand: a list on paper"),
            )
        return done.outcome, done.why

    assert outcome("a@x.example") == ("added", "")
    assert outcome("A@x.example") == ("already", "active")
    act(site, site.reader("left@x.example"), Act.END)
    assert outcome("left@x.example") == ("never", "the reader left")
    with site.database.write() as connection:
        suppress(connection, reason="complaint", at=site.now, address="angry@x.example", keys=site.links.keys)
    assert outcome("angry@x.example") == ("never", "suppressed: complaint")
    assert reached(site) == ["a@x.example"]


def test_sections_are_stored_with_a_record(site: Site) -> None:
    reader = site.reader()
    with site.database.write() as connection:
        set_sections(connection, reader, "daily", "city", Evidence(site.now, "preferences"))
        set_sections(connection, reader, "daily", "city", Evidence(site.now, "preferences"))
        wish = people.find_subscription(connection, reader, "daily")
        assert wish is not None
        assert wish.sections == "city"
        assert [each.act for each in consents.consent_history(connection, reader)] == ["add", "sections"]


def test_an_act_about_nobody_changes_nothing(site: Site) -> None:
    with site.database.write() as connection:
        assert not transition(connection, 4711, "daily", Act.ADD, Evidence(site.now, "a test")).changed
        assert not transition(connection, 4711, "daily", Act.END, Evidence(site.now, "a test")).changed
        assert connection.execute(select(consents_table)).all() == []


# ---------------------------------------------------------------------------- suppression and erasure


def test_a_suppressed_address_keeps_its_first_reason(site: Site, state: State_) -> None:
    reader = site.reader()
    with site.database.write() as connection:
        assert suppress(connection, reason="complaint", at=site.now, address="ADA@reader.example")
        assert not suppress(connection, reason="bounce", at=site.now, subscriber_id=reader)
        assert suppression_reason(connection, subscriber_id=reader) is Reason.COMPLAINT
        assert not suppress(connection, reason="bounce", at=site.now, address="no address")
        assert not suppress(connection, reason="bounce", at=site.now, subscriber_id=4711)
    assert reached(site) == []
    assert state(reader) == "active"  # the wish stands; the address does not


def test_an_address_that_is_nobodys_is_kept_as_a_hash_only(site: Site) -> None:
    with site.database.write() as connection:
        assert suppress(connection, reason="import", at=site.now, address="x@x.example", keys=site.links.keys)
        assert not suppress(
            connection, reason="import", at=site.now, address="X@x.example", keys=site.links.keys
        )
        assert connection.execute(select(subscribers_table)).all() == []
        assert suppression_reason(connection, key="x@x.example", keys=site.links.keys) is Reason.IMPORT


def test_without_keys_an_unknown_address_is_still_suppressed(site: Site) -> None:
    with site.database.write() as connection:
        assert suppress(connection, reason="bounce", at=site.now, address="x@x.example")
        done = add_subscriber(
            connection, site.links.keys, SignUp(good("x@x.example"), "daily"), Evidence(site.now, "list")
        )
        assert done.outcome == "never"


def test_a_suppression_can_be_lifted_by_hand(site: Site) -> None:
    reader = site.reader()
    with site.database.write() as connection:
        suppress(connection, reason="bounce", at=site.now, subscriber_id=reader)
        assert not lift_for_reasons(connection, reader, {Reason.COMPLAINT}, site.now)
        assert lift_for_reasons(connection, reader, {Reason.BOUNCE}, site.now)
    assert reached(site) == ["ada@reader.example"]


@pytest.mark.parametrize("reason", ["bounce", "complaint", "manual", "import"])
def test_a_person_lifts_a_suppression_of_any_reason_and_a_restore_does_not_bring_it_back(
    site: Site, reason: str, tmp_path: Path
) -> None:
    attach_journal(site.database.engine, tmp_path / "falls")
    reader, evidence = site.reader(), Evidence(site.now, "dana: it was our fault")
    with site.database.write() as connection:
        suppress(
            connection, reason=reason, at=site.now, subscriber_id=reader, keys=site.links.keys, words="550 no"
        )
    with site.database.write() as connection:
        found = lift_suppression(connection, "ada@reader.example", site.links.keys, evidence)
        assert found is not None
        assert (found.reason, found.words, found.subscriber_id) == (reason, "550 no", reader)
        assert lift_suppression(connection, "ada@reader.example", site.links.keys, evidence) is None
    assert reached(site) == ["ada@reader.example"]
    with site.database.write() as connection:
        assert not replay_journal(connection, read_journal([tmp_path / "falls"]), site.links.keys, site.now)
        assert consent_history(connection, reader)[-1].act == "lift"
    assert reached(site) == ["ada@reader.example"]


def test_a_suppression_of_nobodys_address_is_lifted_and_keeps_no_words(site: Site) -> None:
    with site.database.write() as connection:
        suppress(
            connection, reason="bounce", at=site.now, address="x@x.example", keys=site.links.keys,
            words="550 x@x.example unknown",
        )  # fmt: skip
        assert "x@x.example" not in everything(connection)
        evidence = Evidence(site.now, "dana: x")
        found = lift_suppression(connection, "x@x.example", site.links.keys, evidence)
        assert found is not None
        assert suppression_reason(connection, key="x@x.example", keys=site.links.keys) is None


def test_what_an_erasure_left_is_not_lifted_by_hand_and_has_no_words(site: Site) -> None:
    reader = site.reader()
    with site.database.write() as connection:
        erase_person(connection, reader, site.links.keys, site.now)
        found = lift_suppression(
            connection, "ada@reader.example", site.links.keys, Evidence(site.now, "dana: x")
        )
        assert found is not None
        assert found.reason is Reason.ERASED
        assert suppression_reason(connection, key="ada@reader.example", keys=site.links.keys) is Reason.ERASED


def everything(connection: Connection) -> str:
    from subscribers.schema import metadata

    return repr([connection.execute(select(each)).all() for each in metadata.sorted_tables])


def test_an_erased_reader_leaves_a_hash_and_no_list_brings_them_back(site: Site) -> None:
    reader = site.reader("ada@reader.example", name="Ada Lovelace")
    with site.database.write() as connection:
        assert erase_person(connection, reader, site.links.keys, site.now)
        assert not erase_person(connection, reader, site.links.keys, site.now)
        assert "ada" not in everything(connection).lower()
        assert [row.reason for row in connection.execute(select(suppressions))] == ["erased"]
        done = add_subscriber(
            connection,
            site.links.keys,
            SignUp(good("Ada@reader.example"), "daily"),
            Evidence(site.now, "an old list"),
        )
        assert (done.outcome, done.why) == ("never", "suppressed: erased")
    assert reached(site) == []


def test_an_erased_reader_may_come_back_by_their_own_confirmation(site: Site) -> None:
    with site.database.write() as connection:
        erase_person(connection, site_reader := _reader(connection, site), site.links.keys, site.now)
        asked = sign_up(
            connection,
            site.links.keys,
            SignUp(good("ada@reader.example"), "daily"),
            Evidence(site.now, "form"),
        )
        assert asked.then == "confirm"
        assert asked.subscriber_id != site_reader  # an id is never used twice: old links name the old one
        assert suppression_reason(connection, subscriber_id=asked.subscriber_id) is Reason.ERASED
        transition(connection, asked.subscriber_id, "daily", Act.CONFIRM, Evidence(site.now, "confirm page"))
    assert reached(site) == ["ada@reader.example"]


def _reader(connection: Connection, site: Site) -> int:
    wanted = SignUp(good("ada@reader.example"), "daily")
    return add_subscriber(connection, site.links.keys, wanted, Evidence(site.now, "a test")).subscriber_id


def test_an_erased_complaint_is_not_lifted_by_a_sign_up_even_after_a_new_key(site: Site) -> None:
    reader = site.reader()
    with site.database.write() as connection:
        suppress(connection, reason="complaint", at=site.now, subscriber_id=reader)
        erase_person(connection, reader, site.links.keys, site.now)
        newer = type(site.links)(
            [b"a key that came a year later, 32", *(b"the newest key of this site, 32b",)], "https://x"
        )
        assert (
            sign_up(
                connection,
                newer.keys,
                SignUp(good("ada@reader.example"), "daily"),
                Evidence(site.now, "form"),
            ).then
            == "silent"
        )


def test_wishes_that_were_never_confirmed_are_forgotten(site: Site, state: State_) -> None:
    with site.database.write() as connection:
        new = sign_up(
            connection, site.links.keys, SignUp(good("new@x.example"), "daily"), Evidence(site.now, "form")
        )
    old = site.reader("old@x.example")
    act(site, old, Act.END)
    act(site, old, Act.ASK)
    site.later(days=31)
    with site.database.write() as connection:
        assert forget_unconfirmed(connection, site.now - timedelta(days=30)) == 1
        assert people.subscriber_by_id(connection, new.subscriber_id) is None
    assert state(old) == "ended"


def test_a_no_is_remembered_though_a_stranger_asked_again(site: Site, state: State_) -> None:
    """Or a list could bring in somebody who has said no, only because the address was typed once more."""
    then(site, "a@x.example")
    act(site, 1, Act.END)
    then(site, "a@x.example")
    site.later(days=31)
    with site.database.write() as connection:
        forget_unconfirmed(connection, site.now - timedelta(days=30))
    act(site, 1, Act.IMPORT)
    assert state(1) == "ended"


def test_who_asked_for_a_new_address_and_never_confirmed_anything_is_forgotten_too(site: Site) -> None:
    then(site, "a@x.example")
    with site.database.write() as connection:
        address_changes.request_address_change(connection, 1, good("b@x.example"), site.now)
    site.later(days=31)
    with site.database.write() as connection:
        assert forget_unconfirmed(connection, site.now - timedelta(days=30)) == 1


# ---------------------------------------------------------------------------- lists


def test_lists_are_paged_by_id_and_filtered_by_part_of_the_address_or_name(site: Site) -> None:
    for number in range(7):
        site.reader(f"r{number}@x.example", name=f"Reader {number}%")
        site.reader(f"r{number}@x.example", "boker")
    with site.database.read() as connection:
        first = people.list_subscriptions(connection, newsletter="daily", limit=3)
        second = people.list_subscriptions(connection, newsletter="daily", limit=3, after=first[-1][0].id)
        assert [reader.address[:2] for reader, _ in first + second] == ["r0", "r1", "r2", "r3", "r4", "r5"]
        assert [
            reader.address
            for reader, _ in people.list_subscriptions(connection, newsletter="daily", text="READER 4%")
        ] == ["r4@x.example"]
        assert people.list_subscriptions(connection, text="%%") == []
        everyone = list(people.iterate_subscriptions(connection, chunk=3))
        assert len(everyone) == len({(reader.id, wish.newsletter) for reader, wish in everyone}) == 14
        assert people.list_subscriptions(connection, state=State.ENDED) == []


def test_counts_say_how_many_are_in_each_state_and_reachable(site: Site) -> None:
    site.reader("a@x.example")
    act(site, site.reader("b@x.example"), Act.END)
    act(site, site.reader("c@x.example"), Act.PAUSE, until=site.now + timedelta(days=1))
    dead = site.reader("d@x.example")
    with site.database.write() as connection:
        suppress(connection, reason="bounce", at=site.now, subscriber_id=dead)
        (count,) = people.count_subscriptions(connection, at=site.now)
    assert (count.newsletter, count.active, count.paused, count.ended, count.pending, count.reachable) == (
        "daily",
        2,
        1,
        1,
        0,
        1,
    )


def test_what_a_reader_says_of_themselves_is_stored_and_nothing_else(site: Site) -> None:
    reader = site.reader(name="Ada")
    with site.database.write() as connection:
        before = people.subscriber_by_id(connection, reader)
        assert before is not None
        people.update_profile(connection, reader, language="he")
        people.update_profile(connection, reader)
        assert people.subscriber_by_id(connection, reader) == replace(before, language="he")
        assert people.load_person(connection, 4711) is None
