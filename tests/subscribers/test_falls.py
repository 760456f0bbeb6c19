"""After an old backup is restored, nobody gets mail again who left, died or was erased since."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from digest.store.engine import Database
from digest.store.migrate import upgrade
from subscribers import journal, replay
from subscribers.api import audience, suppress
from subscribers.model import Act, Evidence
from subscribers.schema import subscribers as subscribers_table
from subscribers.schema import suppressions
from subscribers.store import people
from subscribers.store.erasure import erase_person
from subscribers.store.subscriptions import transition
from subscribers.store.suppressions import suppression_reason
from tests.subscribers.conftest import Site, good


@pytest.fixture
def kept(site: Site, tmp_path: Path) -> Path:
    path = tmp_path / "kept" / "falls.jsonl"
    journal.attach_journal(site.database.engine, path)
    return path


def reached(site: Site) -> list[str]:
    with site.database.read() as connection:
        rows = connection.execute(audience("daily", at=site.now)).all()
    return sorted(row.address for row in rows)


def act(site: Site, reader: int, what: Act) -> None:
    with site.database.write() as connection:
        wish = people.find_subscription(connection, reader, "daily")
        link = wish.changed_at if wish and what is Act.UNDO else None
        transition(connection, reader, "daily", what, Evidence(site.now, "a test"), link=link)


def replayed(site: Site, path: Path) -> dict[str, int]:
    with site.database.write() as connection:
        return dict(
            replay.replay_journal(connection, list(replay.read_journal([path])), site.links.keys, site.now)
        )


def entries(*lines: dict[str, object]) -> list[replay.Entry]:
    """Return *lines* as they are read from a file."""
    found = [replay._read(json.dumps(line)) for line in lines]
    assert None not in found
    return [one for one in found if one is not None]


def test_each_fall_is_a_line_without_an_address_and_a_rollback_leaves_none(site: Site, kept: Path) -> None:
    reader, other = site.reader("ada@x.example"), site.reader("bob@x.example")
    act(site, reader, Act.END)
    with site.database.write() as connection:
        suppress(connection, reason="complaint", at=site.now, subscriber_id=other, keys=site.links.keys)
        suppress(connection, reason="import", at=site.now, address="nobody@x.example", keys=site.links.keys)
        erase_person(connection, reader, site.links.keys, site.now)
    with pytest.raises(ZeroDivisionError), site.database.write() as connection:
        assert transition(connection, other, "daily", Act.END, Evidence(site.now, "a test")).changed / 0
    assert [(line.act, line.reader) for line in replay.read_journal([kept])] == [
        ("end", reader), ("suppress", other), ("suppress", 0), ("erase", reader)
    ]  # fmt: skip
    assert "x.example" not in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_a_restored_backup_lowers_again_what_fell_and_raises_nothing(site: Site, kept: Path) -> None:
    """Two sites with the same readers: the second stands for the backup, and hears of the first one's falls."""
    names = ("stays", "leaves", "returns", "bounces", "erased", "stranger")
    ids = {name: site.reader(f"{name}@x.example") for name in names if name != "stranger"}
    was_out = site.reader("was-out@x.example")
    act(site, was_out, Act.END)
    kept.unlink()  # the backup is of this moment
    with site.database.read() as connection:
        before = {name: people.subscriber_by_id(connection, number) for name, number in ids.items()}
    for name in ("leaves", "returns"):
        act(site, ids[name], Act.END)
    act(site, ids["returns"], Act.UNDO)
    act(site, was_out, Act.UNDO)
    with site.database.write() as connection:
        keys = site.links.keys
        suppress(connection, reason="bounce", at=site.now, subscriber_id=ids["bounces"], keys=keys)
        suppress(connection, reason="manual", at=site.now, address="stranger@x.example", keys=keys)
        erase_person(connection, ids["erased"], keys, site.now)
    since = kept.read_bytes()
    _as_before(site, before, was_out)
    assert reached(site) == sorted(f"{name}@x.example" for name in ids)
    kept.write_bytes(since + b'{"act":"end","at":"20')  # cut off in the middle
    assert replayed(site, kept) == {"ended": 1, "suppressed": 2, "erased": 1}
    assert reached(site) == ["returns@x.example", "stays@x.example"]
    assert replayed(site, kept) == {}
    with site.database.read() as connection:
        assert len(connection.execute(select(suppressions)).all()) == 3
    assert site.reader("newcomer@x.example") > replay.LEAP  # links of readers the backup has lost stay theirs


def _as_before(site: Site, people_: dict[str, people.Subscriber | None], out: int) -> None:
    """Put the tables back to where they were, as a restore does."""
    from sqlalchemy import delete, insert, update

    from subscribers.schema import subscribers, subscriptions

    with site.database.write() as connection:
        connection.execute(delete(suppressions))
        erased = people_["erased"]
        assert erased is not None
        connection.execute(
            insert(subscribers).values(
                id=erased.id, address=erased.address, address_key=erased.address, domain="x.example",
                created_at=site.now,
            )
        )  # fmt: skip
        connection.execute(
            insert(subscriptions).values(
                newsletter="daily", subscriber_id=erased.id, state="active", changed_at=site.now,
                confirmed_at=site.now,
            )
        )  # fmt: skip
        connection.execute(update(subscribers).values(suppressed=False))
        connection.execute(update(subscriptions).values(state="active"))
        connection.execute(
            update(subscriptions).where(subscriptions.c.subscriber_id == out).values(state="ended")
        )


def test_a_real_backup_of_the_file_is_healed(tmp_path: Path, site_on_sqlite: Site) -> None:
    site, kept = site_on_sqlite, tmp_path / "falls.jsonl"
    journal.attach_journal(site.database.engine, kept)
    reader = site.reader()
    site.database.close()
    source = Path(str(site.database.engine.url.database))
    shutil.copy(source, tmp_path / "backup.db")
    act(site, reader, Act.END)
    restored = Site(Database(f"sqlite:///{tmp_path / 'backup.db'}"), site.now)
    upgrade(restored.database)
    assert len(reached(restored)) == 1
    assert replayed(restored, kept) == {"ended": 1}
    assert reached(restored) == []
    restored.database.close()


def test_an_erased_reader_who_came_back_stays(site: Site, kept: Path, state: Callable[..., str]) -> None:
    from subscribers.store.signup import SignUp, sign_up

    reader = site.reader()
    with site.database.write() as connection:
        erase_person(connection, reader, site.links.keys, site.now)
    site.later(days=1)
    with site.database.write() as connection:
        done = sign_up(
            connection,
            site.links.keys,
            SignUp(good("ada@reader.example"), "daily"),
            Evidence(site.now, "form"),
        )
    act(site, done.subscriber_id, Act.CONFIRM)
    assert replayed(site, kept) == {}
    assert state(done.subscriber_id) == "active"


def test_a_restore_keeps_the_complaint_that_an_erasure_left_and_one_that_came_after_it(
    site_on_sqlite: Site, tmp_path: Path
) -> None:
    """A sign-up lifts what an erasure leaves, and never a complaint."""
    site, kept, keys = site_on_sqlite, tmp_path / "falls.jsonl", site_on_sqlite.links.keys
    journal.attach_journal(site.database.engine, kept)
    names = ("before@x.example", "after@x.example", "twice@x.example")
    first = [site.reader(name) for name in names]
    site.database.close()
    shutil.copy(Path(str(site.database.engine.url.database)), tmp_path / "backup.db")
    site.later(minutes=1)
    with site.database.write() as connection:
        suppress(connection, reason="complaint", at=site.now, subscriber_id=first[0], keys=keys)
        for reader in first:
            erase_person(connection, reader, keys, site.now)
    site.later(minutes=1)
    with site.database.write() as connection:
        suppress(connection, reason="complaint", at=site.now, address=names[1], keys=keys)
        again = people.get_or_create(connection, good(names[2]), site.now)
        erase_person(connection, again.id, keys, site.now)
    restored = Site(Database(f"sqlite:///{tmp_path / 'backup.db'}"), site.now)
    assert len(reached(restored)) == 3
    replayed(restored, kept)
    assert reached(restored) == []
    assert replayed(restored, kept) == {}
    with restored.database.read() as connection:
        assert [people.subscriber_by_key(connection, name) for name in names] == [None] * 3
        assert [suppression_reason(connection, key=name, keys=keys) for name in names] == [
            "complaint",
            "complaint",
            "erased",
        ]
    restored.database.close()


def test_a_file_that_cannot_be_written_keeps_no_reader_in(
    site: Site, tmp_path: Path, state: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    journal.attach_journal(site.database.engine, tmp_path / "file" / "falls.jsonl")
    reader = site.reader()
    act(site, reader, Act.END)
    assert state(reader) == "ended"
    assert "not written" in caplog.text


def test_a_line_behind_a_torn_one_is_not_lost(site: Site, kept: Path, state: Callable[..., str]) -> None:
    first, second = site.reader("a@x.example"), site.reader("b@x.example")
    act(site, first, Act.END)
    whole = kept.read_bytes()
    kept.write_bytes(whole + b'{"act":"end","at":"20')  # the power went
    act(site, second, Act.END)
    assert [line.reader for line in replay.read_journal([kept])] == [first, second]
    kept.write_bytes(whole + b'{"act":"end","at":"20' + whole)  # as older versions left it
    assert [line.reader for line in replay.read_journal([kept])] == [first, first]


def test_lines_that_found_no_room_are_written_with_the_next(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "falls.jsonl"
    journal.attach_journal(site.database.engine, path)
    one, two, three = (site.reader(f"{name}@x.example") for name in "abc")
    act(site, one, Act.END)
    real, calls = os.write, []

    def full(file: int, data: bytes) -> int:
        calls.append(1)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return real(file, data[:10])  # a part of it went in

    monkeypatch.setattr(os, "write", full)
    act(site, two, Act.END)
    monkeypatch.setattr(os, "write", real)
    act(site, three, Act.END)
    assert [line.reader for line in replay.read_journal([path])] == [one, two, three]


@pytest.mark.parametrize("what", ["end", "suppress", "erase"])
def test_a_restore_hits_no_newcomer_who_got_an_old_number(
    site: Site, state: Callable[..., str], what: str
) -> None:
    reader = site.reader("new@x.example")  # after the restore, under a number that was somebody else's
    other = site.links.keys.hashes("suppressed-address", "lost@x.example")[0].hex()
    said = {"end": {"list": "daily"}, "suppress": {"reason": "bounce"}, "erase": {"hash": other}}[what]
    line = {"act": what, "reader": reader, **said, "at": (site.now - timedelta(minutes=1)).isoformat()}
    with site.database.write() as connection:
        replay.replay_journal(connection, entries(line), site.links.keys, site.now)
    assert state(reader) == "active"
    assert reached(site) == ["new@x.example"]


def test_an_imported_reader_with_an_old_history_is_a_newcomer_too(site: Site) -> None:
    reader = site.reader("new@x.example")
    with site.database.write() as connection:
        long_ago = site.now - timedelta(days=900)
        connection.execute(update(subscribers_table).values(created_at=long_ago))
        line = {
            "act": "end",
            "reader": reader,
            "list": "daily",
            "at": (site.now - timedelta(days=1)).isoformat(),
        }
        replay.replay_journal(connection, entries(line), site.links.keys, site.now)
    assert reached(site) == ["new@x.example"]


def test_the_files_of_several_machines_are_read_in_the_order_of_time(
    site: Site, state: Callable[..., str]
) -> None:
    reader = site.reader()
    lines = [
        {"act": act, "reader": reader, "list": "daily", "at": (site.now + timedelta(hours=hours)).isoformat()}
        for act, hours in (("end", 5), ("back", 1))  # the machine that wrote the end is read first
    ]
    with site.database.write() as connection:
        assert replay.replay_journal(connection, entries(*lines), site.links.keys, site.now) == {"ended": 1}
    assert state(reader) == "ended"
