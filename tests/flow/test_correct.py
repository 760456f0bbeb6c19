"""Wrong edition out: the rest get the right one, those who got the wrong one are told, nobody gets a mail twice."""

import asyncio
import email
import email.policy
from datetime import date
from pathlib import Path
from typing import Any

import anyio
import pytest
from sqlalchemy import select, update

from digest.errors import EditionError
from digest.flows.edition import approve, build, compose, correct, edit
from digest.flows.sending import send
from digest.model import DeliveryState, EditionState
from digest.model.choice import Retitle
from digest.store import corrections, editions
from digest.store.accounts import audit
from digest.store.deliveries.claim import Claim
from digest.store.deliveries.edition_queue import EditionQueue
from digest.store.deliveries.mark import Fence, Holder
from digest.store.engine import Database
from digest.store.schema import deliveries as rows
from subscribers.api import audience
from tests.flow.day import HOUR, NEWSLETTER, Day
from tests.states import begin_sending, put
from tests.waiting import until_async

DAY = date(2026, 3, 4)
WRONG, RIGHT = (
    "Mayor resigns over the harbour bridge",
    "Mayor does not resign over the harbour bridge",
)  # the longer headline leads


@pytest.fixture
def day(database: Database, tmp_path: Path) -> Day:
    """A morning whose lead is wrong: approved, with six readers."""
    made = Day(tmp_path, "2026-03-04T05:00", database=database, schedule={"approval": "one"})
    made.write(1, WRONG, "2026-03-04T04:30")
    made.write(2, "The ferry sails again", "2026-03-04T04:00")
    made.collect()
    made.subscribe(6)
    build.build(made.app, NEWSLETTER, DAY)
    assert approve.approve(made.app, NEWSLETTER, DAY, by="eve").approved
    return made


def number(day: Day) -> int:
    found = day.edition("2026-03-04")
    assert found is not None
    return found.id


def sent_to(day: Day, count: int) -> None:
    """Let *count* readers have it, then let the sending stand still."""
    edition = number(day)
    with day.db.write() as connection:
        begin_sending(connection, edition, day.clock.at)
    send_now(day)
    with day.db.write() as connection:
        late = select(rows.c.id).where(rows.c.edition_id == edition).order_by(rows.c.id).offset(count)
        back = {"state": DeliveryState.QUEUED, "claim": "", "attempts": 0, "code": 0, "reply": ""}
        connection.execute(update(rows).where(rows.c.id.in_(late)).values(**back))
        put(connection, edition, EditionState.SENDING)
    files = sorted(day.mails(), key=lambda file: file.stat().st_mtime_ns)
    keep = {f"r{one}@example.net" for one in range(count)}
    for file in files:
        if to(file) not in keep:
            file.unlink()


def send_now(day: Day) -> None:
    day.send()


def to(file: Path) -> str:
    return str(email.message_from_bytes(file.read_bytes(), policy=email.policy.SMTP)["To"])


def subjects(day: Day) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for file in day.mails():
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.SMTP)
        if mail["To"].endswith("@example.net"):
            found.setdefault(str(mail["To"]), []).append(str(mail["Subject"]))
    return {who: sorted(what) for who, what in sorted(found.items())}


def mend(day: Day) -> None:
    """The editor's hand: the headline is another."""
    with day.db.read() as connection:
        lines = editions.lines(connection, number(day), day.edition("2026-03-04").revision)  # type: ignore[union-attr]
    wrong = next(line.article for line in lines if line.title == WRONG)
    done = edit.act(day.app, NEWSLETTER, DAY, [Retitle(wrong, RIGHT)], by="eve", seen=99)
    assert done.done, done.words


def corrected(day: Day, got: int) -> None:
    sent_to(day, got)
    correct.stopped(day.app, NEWSLETTER, DAY, by="eve", why="He did not resign")
    mend(day)
    assert approve.approve(day.app, NEWSLETTER, DAY, by="eve").approved
    assert send.begin_now(day.app, number(day), by="eve")
    send_now(day)


def test_the_rest_get_the_new_revision_and_the_ledger_knows_who_got_which(day: Day) -> None:
    corrected(day, 2)
    assert subjects(day) == {
        **{f"r{one}@example.net": [WRONG] for one in range(2)},
        **{f"r{one}@example.net": [RIGHT] for one in range(2, 6)},
    }
    with day.db.read() as connection:
        found = connection.execute(select(rows.c.revision, rows.c.state).order_by(rows.c.id)).all()
    assert [row.revision for row in found] == [1, 1, 2, 2, 2, 2]
    assert {row.state for row in found} == {DeliveryState.SENT}
    standing = correct.status(day.app, NEWSLETTER, DAY)
    assert (standing.reach.got, standing.reach.waiting, standing.edition.state) == (2, 0, EditionState.SENT)


def test_a_correction_goes_to_exactly_those_who_got_the_wrong_one_and_once(day: Day) -> None:
    corrected(day, 2)
    words = "This morning we wrote that the mayor resigns. He does not."
    made = correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words=words)
    send_now(day)
    assert subjects(day) == {
        **{f"r{one}@example.net": [f"Correction: {RIGHT}", WRONG] for one in range(2)},
        **{f"r{one}@example.net": [RIGHT] for one in range(2, 6)},
    }
    with pytest.raises(EditionError, match="told already"):
        correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words=words)
    anyio.run(send.send, day.app, made.id)
    assert len(day.mails()) == 8
    mail = next(file for file in day.mails() if "Correction" in subjects_of(file))
    text = email.message_from_bytes(mail.read_bytes(), policy=email.policy.SMTP).get_body(("plain",))
    assert text is not None
    assert words in " ".join(text.get_content().split())
    assert RIGHT in text.get_content()
    assert "The ferry" not in text.get_content()  # that story was right
    ids = [email.message_from_bytes(file.read_bytes())["Message-ID"] for file in day.mails()]
    assert len(set(ids)) == len(ids)


def subjects_of(file: Path) -> str:
    return str(email.message_from_bytes(file.read_bytes(), policy=email.policy.SMTP)["Subject"])


def test_whoever_left_meanwhile_is_not_told(day: Day) -> None:
    corrected(day, 2)
    correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words="He does not.")
    from digest.flows.readers import readers

    readers.suppress(day.app, "r0@example.net")
    send_now(day)
    assert [len(what) for what in subjects(day).values()] == [1, 2, 1, 1, 1, 1]


def test_a_correction_is_no_edition_of_its_day_for_the_memory_and_the_desk(day: Day) -> None:
    corrected(day, 2)
    made = correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words="He does not.")
    send_now(day)
    with day.db.read() as connection:
        assert [one.id for one in editions.latest(connection, NEWSLETTER)] == [number(day)]
        assert editions.count_before(connection, NEWSLETTER, date(2026, 3, 5)) == 1
        last = editions.last_sent(connection, NEWSLETTER, date(2026, 3, 5))
        assert last is not None
        assert last.id == number(day) != made.id
        assert [one.id for one in corrections.of(connection, number(day))] == [made.id]


def test_while_it_is_corrected_it_still_counts_as_having_gone_out(day: Day) -> None:
    sent_to(day, 2)
    correct.stopped(day.app, NEWSLETTER, DAY, by="eve", why="wrong")
    with day.db.read() as connection:
        assert editions.last_sent(connection, NEWSLETTER, date(2026, 3, 5)) is not None
        assert editions.carried(connection, NEWSLETTER, DAY, date(2026, 3, 5))


def test_it_needs_a_new_approval_and_the_schedule_keeps_its_hands_off(
    tmp_path: Path, sqlite: Database
) -> None:
    day = Day(tmp_path, "2026-03-04T05:00", database=sqlite)  # automatic
    day.write(1, WRONG, "2026-03-04T04:30")
    day.collect()
    day.subscribe(2)
    day.ring("2026-03-04T05:30")
    day.ring("2026-03-04T05:55")
    day.ring("2026-03-04T06:00")
    assert day.edition("2026-03-04").state is EditionState.SENDING  # type: ignore[union-attr]
    correct.stopped(day.app, NEWSLETTER, DAY, by="eve", why="wrong")
    for minute in ("06:01", "06:10", "07:00"):
        day.ring(f"2026-03-04T{minute}")
    assert day.edition("2026-03-04").state is EditionState.DRAFT  # type: ignore[union-attr]
    day.send()
    assert subjects(day) == {}


def test_an_earlier_approval_counts_no_more(day: Day) -> None:
    sent_to(day, 1)
    correct.stopped(day.app, NEWSLETTER, DAY, by="eve", why="wrong")
    assert not send.begin_now(day.app, number(day), by="eve"), "a draft is not sent"
    with pytest.raises(EditionError, match="not approved yet"):
        correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words="x")


def test_what_cannot_be_is_said_in_words(day: Day) -> None:
    with pytest.raises(EditionError, match="nothing of it went out"):
        correct.stopped(day.app, NEWSLETTER, DAY, by="eve", why="wrong")
    sent_to(day, 6)
    with pytest.raises(EditionError, match="say what is wrong"):
        correct.stopped(day.app, NEWSLETTER, DAY, by="eve", why="  ")
    with pytest.raises(EditionError, match="nobody got an earlier revision"):
        correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words="x")
    with pytest.raises(EditionError, match="1 to 2,000"):
        correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words="x" * 3000)


def test_a_worker_that_slept_through_the_correction_sends_nothing_of_the_old_one(day: Day) -> None:
    edition = number(day)
    sent_to(day, 1)
    saved = day.edition("2026-03-04")
    assert saved is not None
    compose_old = compose.Composer(day.app, saved)
    holder = Holder(edition=edition, mine="sleeper", lease=HOUR)
    with day.db.write() as connection:
        claim = Claim(connection, holder, audience(NEWSLETTER), {})
        claimed = claim.rows(connection, now=day.clock.at, limit=3)
    old = compose_old(claimed)
    assert len(old) == 3
    correct.stopped(day.app, NEWSLETTER, DAY, by="eve", why="wrong")
    mend(day)
    assert approve.approve(day.app, NEWSLETTER, DAY, by="eve").approved
    assert send.begin_now(day.app, number(day), by="eve")
    with day.db.write() as connection:  # it wakes, and asks for its marks
        from functools import partial

        from subscribers.api import may_send

        fence = Fence(connection, holder, partial(may_send, NEWSLETTER))
        assert fence.mark(connection, [row.id for row in claimed], now=day.clock.at) == set()
    fresh = compose_old(claimed)  # and what it composes from here on is the new revision
    assert all(RIGHT.encode() in one.content for one in fresh)  # type: ignore[union-attr]
    send_now(day)
    assert all(what == [RIGHT] for who, what in subjects(day).items() if who != "r0@example.net")


def test_a_mail_in_a_relays_hands_keeps_its_revision_and_holds_the_correction_back(day: Day) -> None:
    sent_to(day, 2)
    with day.db.write() as connection:
        first = connection.execute(select(rows.c.id).order_by(rows.c.id)).scalars().first()
        connection.execute(
            update(rows).where(rows.c.id == first).values(state=DeliveryState.HANDED, claim="w")
        )
    correct.stopped(day.app, NEWSLETTER, DAY, by="eve", why="wrong")
    mend(day)
    assert approve.approve(day.app, NEWSLETTER, DAY, by="eve").approved
    with pytest.raises(EditionError, match="yet to answer for 1 "):
        correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words="He does not.")
    with day.db.write() as connection:  # the answer comes
        connection.execute(update(rows).where(rows.c.id == first).values(state=DeliveryState.SENT, claim=""))
    correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words="He does not.")
    with day.db.read() as connection:
        assert connection.execute(select(rows.c.revision).where(rows.c.id == first)).scalar_one() == 1


def test_a_running_send_stops_within_a_second(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    sent_to(day, 1)
    edition, claims = number(day), list[object]()
    claim = EditionQueue.claim

    def noted(queue: EditionQueue, *given: Any, **named: Any) -> Any:
        claims.append(claim(queue, *given, **named))
        return claims[-1]

    monkeypatch.setattr(EditionQueue, "claim", noted)

    async def main() -> float:
        task = asyncio.create_task(send.send(day.app, edition))
        await until_async(lambda: claims, "a claim, which finds nothing that is due")
        began = asyncio.get_running_loop().time()
        await asyncio.to_thread(lambda: correct.stopped(day.app, NEWSLETTER, DAY, by="eve", why="wrong"))
        await asyncio.wait_for(task, 5)
        return asyncio.get_running_loop().time() - began

    with day.db.write() as connection:  # nothing is due for long, so that the run waits
        connection.execute(
            update(rows).where(rows.c.state == DeliveryState.QUEUED).values(due=day.clock.at + HOUR)
        )
    assert asyncio.run(main()) < 2


def test_every_step_is_in_the_audit(day: Day) -> None:
    corrected(day, 2)
    correct.send_correction(day.app, NEWSLETTER, DAY, by="eve", words="He does not.")
    with day.db.read() as connection:
        acts = [one.act for one in audit.page(connection, edition=number(day))][::-1]
    assert acts == ["approve", "correct", "approve", "send now", "correction mail"]
