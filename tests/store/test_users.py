"""Users, sessions, failures and the audit, on both databases."""

from datetime import datetime, timedelta

import pytest

from digest.store.accounts import audit, users
from digest.store.engine import Database

DAY = timedelta(days=1)


@pytest.fixture
def filled(database: Database, now: datetime) -> Database:
    with database.write() as connection:
        assert users.add(connection, name="ada", password="hash", role="admin", at=now)
        assert users.add(connection, name="vic", password="hash", role="viewer", at=now)
    return database


def begun(database: Database, name: str, key: str, now: datetime) -> None:
    with database.write() as connection:
        account = users.by_name(connection, name)
        assert account is not None
        users.begin(connection, account.id, key, at=now, expires=now + DAY, network="n", agent="a" * 999)


def test_a_name_is_taken_once(filled: Database, now: datetime) -> None:
    with filled.write() as connection:
        assert not users.add(connection, name="ada", password="other", role="viewer", at=now)
        assert [one.name for one in users.every(connection)] == ["ada", "vic"]
        assert users.exist(connection)


def test_no_user_is_no_user(database: Database) -> None:
    with database.read() as connection:
        assert not users.exist(connection)
        assert users.by_name(connection, "ada") is None
        assert users.admins(connection) == []


def test_a_session_is_found_until_it_ends_expires_or_its_user_is_disabled(
    filled: Database, now: datetime
) -> None:
    for key in ("one", "two", "three"):
        begun(filled, "vic", key, now)
    with filled.write() as connection:
        found = users.session(connection, "one", now)
        assert found is not None
        assert (found.user, found.role, len(found.agent)) == ("vic", "viewer", 200)
        assert users.session(connection, "one", now + DAY) is None
        assert users.session(connection, "four", now) is None
        assert users.end(connection, now, key="one") == 1
        assert users.end(connection, now, key="one") == 0
        assert users.session(connection, "one", now) is None
        assert len(users.live(connection, now)) == 2
        assert users.disabled(connection, "vic", now)
        assert users.session(connection, "two", now) is None
        assert users.live(connection, now) == []


def test_all_sessions_of_one_end_but_the_one_to_keep(filled: Database, now: datetime) -> None:
    for name, key in (("vic", "one"), ("vic", "two"), ("ada", "three")):
        begun(filled, name, key, now)
    with filled.write() as connection:
        kept = users.session(connection, "two", now)
        assert kept is not None
        assert users.end(connection, now, user="vic", but=kept.id) == 1
        assert {one.user for one in users.live(connection, now)} == {"ada", "vic"}
        with pytest.raises(ValueError, match="which"):
            users.end(connection, now)


def test_a_session_that_is_used_lasts_longer(filled: Database, now: datetime) -> None:
    begun(filled, "vic", "one", now)
    with filled.write() as connection:
        found = users.session(connection, "one", now)
        assert found is not None
        users.seen(connection, found.id, now + DAY / 2, now + 2 * DAY)
        later = users.session(connection, "one", now + DAY)
        assert later is not None
        assert later.last_seen == now + DAY / 2


def test_role_and_password_change_and_admins_are_those_who_can_sign_in(
    filled: Database, now: datetime
) -> None:
    with filled.write() as connection:
        assert users.changed(connection, "vic", role="admin", password="new")
        assert not users.changed(connection, "nobody", role="admin")
        assert users.admins(connection) == ["ada", "vic"]
        users.disabled(connection, "ada", now)
        assert users.admins(connection) == ["vic"]
        account = users.by_name(connection, "vic")
        assert account is not None
        assert account.password == "new"


def test_failures_are_counted_forgiven_and_forgotten(database: Database, now: datetime) -> None:
    with database.write() as connection:
        assert users.failures_of(connection, "abc:net") == (0, None)
        for minute in range(3):
            users.failed(connection, "abc:net", now + timedelta(minutes=minute))
        users.failed(connection, "abc:other", now)
        users.failed(connection, "a_c:net", now)
        assert users.failures_of(connection, "abc:net") == (3, now + timedelta(minutes=2))
        users.forgive_all(connection, "a_c")
        assert users.failures_of(connection, "abc:net")[0] == 3  # the sign _ stands for itself
        users.forgiven(connection, "abc:net")
        assert users.failures_of(connection, "abc:net") == (0, None)
        users.forget(connection, now + timedelta(seconds=1))
        assert users.failures_of(connection, "abc:other") == (0, None)


def test_the_audit_is_read_newest_first_and_by_who_act_and_edition(database: Database, now: datetime) -> None:
    with database.write() as connection:
        audit.record(connection, now, "eve", "move", "third to the lead", edition=7)
        audit.record(connection, now, "ada", "override", "x" * 9000, edition=7)
        audit.record(connection, now, "eve", "sign in")
        newest = audit.page(connection, limit=2)
        assert [one.act for one in newest] == ["sign in", "override"]
        assert [one.act for one in audit.page(connection, before=newest[-1].id)] == ["move"]
        assert [one.act for one in audit.page(connection, user="eve")] == ["sign in", "move"]
        assert [one.act for one in audit.page(connection, edition=7)] == ["override", "move"]
        assert len(audit.page(connection, act="override")[0].what) == audit.LONGEST


def test_an_act_that_fails_leaves_no_entry(database: Database, now: datetime) -> None:
    with pytest.raises(RuntimeError), database.write() as connection:  # noqa: PT012
        audit.record(connection, now, "eve", "move")
        raise RuntimeError
    with database.read() as connection:
        assert audit.page(connection) == []
