"""Who may approve: once there are users, an enabled one with the role, looked at again when the edition is frozen."""

from datetime import date, timedelta
from pathlib import Path

import anyio
import pytest

from digest.errors import EditionError, UserError
from digest.flows.edition import approve, build
from digest.flows.edition.today import today
from digest.flows.newsroom import users
from digest.flows.sending import outbox, send
from digest.store.accounts import audit
from digest.store.accounts.users import Role
from digest.store.engine import Database
from tests.flow.day import NEWSLETTER, Day

DAY = date(2026, 3, 4)
PASSWORD = "four plain words here"


@pytest.fixture
def day(sqlite: Database, tmp_path: Path) -> Day:
    made = Day(
        tmp_path, "2026-03-04T05:00", database=sqlite, schedule={"approval": "two"}, look={"pictures": "none"}
    )
    made.write(1, "Council votes for the wall", "2026-03-04T02:00")
    made.collect()
    build.build(made.app, NEWSLETTER)
    return made


def newsroom(day: Day, **people: Role) -> None:
    for name, role in (("ada", "admin"), *people.items()):
        users.add(day.app, name, PASSWORD, role, by="test")  # type: ignore[arg-type]


def approved(day: Day, by: str, **more: str) -> approve.Approval:
    return approve.approve(day.app, NEWSLETTER, DAY, by=by, **more)


def trail(day: Day) -> list[tuple[str, str, str]]:
    with day.db.read() as connection:
        return [(one.user, one.act, one.what) for one in reversed(audit.page(connection))]


@pytest.mark.parametrize("by", ["nobody-one", "eve ", "EVE", "", "vic", "out", "the schedule"])
def test_nobody_approves_who_may_not(day: Day, by: str) -> None:
    newsroom(day, eve="editor", vic="viewer", out="editor")
    users.disable(day.app, "out", by="test")
    with pytest.raises(UserError):
        approved(day, by)
    assert today(day.app, NEWSLETTER, DAY).approvals == ()


def test_two_names_that_nobody_has_do_not_pass_for_two_people(day: Day) -> None:
    newsroom(day, eve="editor")
    for by in ("nobody-one", "nobody-two"):
        with pytest.raises(UserError, match=f"{by}: is no user of the desk. Name one of: ada, eve"):
            approved(day, by)
    assert not approved(day, "eve").approved
    assert not approved(day, "eve").approved
    assert approved(day, "ada").approved


@pytest.mark.parametrize("change", ["disabled", "lowered", "removed", "made anew"])
def test_who_approved_first_is_looked_at_again_at_the_freeze(day: Day, change: str) -> None:
    newsroom(day, eve="editor", dan="editor")
    assert not approved(day, "eve").approved
    day.clock.at += timedelta(minutes=1)
    if change == "disabled":
        users.disable(day.app, "eve", by="test")
    elif change == "lowered":
        users.set_role(day.app, "eve", "viewer", by="test")
    else:
        users.remove(day.app, "eve", by="test")
    if change == "made anew":
        users.add(day.app, "eve", PASSWORD, "editor", by="test")
    assert [one.by for one in today(day.app, NEWSLETTER, DAY).approvals] == []
    assert "1 more must" in approved(day, "ada").words
    assert approved(day, "dan").approved


def test_only_an_admin_approves_against_the_checks(day: Day) -> None:
    newsroom(day, eve="editor")
    with pytest.raises(UserError, match="only an admin"):
        approved(day, "eve", override="it is right")
    assert not approved(day, "ada", override="it is right").refused


def test_the_audit_names_who_typed_it(day: Day) -> None:
    newsroom(day, eve="editor")
    approved(day, "eve", via="root (command line)")
    assert trail(day)[-1][:2] == ("eve", "approve")
    assert trail(day)[-1][2].endswith("; root (command line)")


def test_what_was_approved_before_there_were_users_does_not_count(day: Day) -> None:
    assert not approved(day, "dana").approved
    newsroom(day, eve="editor")
    assert "1 more must" in approved(day, "eve").words


def test_pause_resume_cancel_and_a_withdrawn_approval_are_audited(day: Day) -> None:
    newsroom(day, eve="editor")
    approved(day, "eve")
    approved(day, "ada")
    edition = day.app.edition(NEWSLETTER, DAY)
    approve.withdraw(day.app, edition, "eve")
    assert not send.pause(day.app, edition.id, by="eve")
    assert send.cancel(day.app, edition.id, by="eve")
    assert [act for _, act, _ in trail(day)][-2:] == ["withdraw approval", "cancel"]


def test_tests_have_a_daily_limit_and_are_audited(day: Day, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "TESTS_A_DAY", 3)
    edition = day.app.edition(NEWSLETTER, DAY)

    def test_mail(count: int) -> int:
        to = [f"t{number}@example.org" for number in range(count)]
        return len(anyio.run(lambda: outbox.test(day.app, edition.id, to, by="eve")))

    assert test_mail(2) == 2
    with pytest.raises(EditionError, match="2 test mails went out within a day, and 3 are the most"):
        test_mail(2)
    assert test_mail(1) == 1
    day.clock.at += timedelta(days=1, minutes=1)
    assert test_mail(3) == 3
    assert ("eve", "send test", "to 2") in trail(day)
