"""Lists brought in: consent only falls by them, what is not understood is skipped and said, and ours come back as they were."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from subscribers.schema import consents, subscriptions
from subscribers.store import people
from subscribers.transfer.csv_file import CsvError, open_csv
from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.export import export_csv
from subscribers.transfer.importing import ImportReport, ImportTask, import_list
from subscribers.transfer.reading import interpret
from tests.subscribers.conftest import Site

Make = Callable[..., Path]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    def make(text: str | bytes, charset: str = "utf-8", name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(charset))
        return path

    return make


def brought(site: Site, path: Path, **more: object) -> ImportReport:
    task = ImportTask(
        path=path, newsletter="daily", source="the old system", keys=site.links.keys, now=site.now, **more
    )  # type: ignore[arg-type]
    return import_list(task, site.database.write)


def states(site: Site) -> dict[str, str]:
    with site.database.read() as connection:
        return {
            reader.address.split("@")[0]: "suppressed" if reader.suppressed else str(wish.state)
            for reader, wish in people.iterate_subscriptions(connection, newsletter="daily")
        }


def test_a_time_that_cannot_be_read_or_lies_ahead_is_said_by_row_and_recorded(
    site: Site, made: Make, tmp_path: Path
) -> None:
    text = "email,optin_time\na@x.example,31.31.2024\nb@x.example,2099-01-01\nc@x.example,03.04.2024\nd@x.example,\n"
    done = brought(site, made(text), rejected=tmp_path / "rejected.csv")
    assert (done.counts["added"], done.undated) == (4, 2)
    assert done.odd[0] == 'line 2: a@x.example: its time of consent, "31.31.2024", cannot be read'
    assert "b@x.example" in done.odd[1]
    assert "lies ahead" in done.odd[1]
    rejected = (tmp_path / "rejected.csv").read_text(encoding="utf-8-sig")
    assert "a@x.example" in rejected
    assert "b@x.example" in rejected
    with site.database.read() as connection:
        sources = [
            row.source for row in connection.execute(select(consents).order_by(consents.c.subscriber_id))
        ]
        times = [
            row.confirmed_at
            for row in connection.execute(select(subscriptions).order_by(subscriptions.c.subscriber_id))
        ]
    assert [("31.31.2024" in source, "ahead" in source) for source in sources[:3]] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert times[2] == datetime(2024, 4, 3, tzinfo=UTC)
    assert max(times) <= site.now


def test_unknown_words_are_skipped_and_listed_with_counts_until_somebody_says_what_they_mean(
    site: Site, made: Make
) -> None:
    path = made("email,Status\na@x.example,VIP\nb@x.example,VIP\nc@x.example,banana\nd@x.example,active\n")
    done = brought(site, path)
    assert dict(done.counts) == {
        "added": 1,
        'skipped: Status says "VIP"': 2,
        'skipped: Status says "banana"': 1,
    }
    assert done.samples['skipped: Status says "VIP"'] == ["a@x.example", "b@x.example"]
    again = brought(site, path, statuses={"vip": ImportStatus.SUBSCRIBED})
    assert (again.counts["added"], again.counts["already"]) == (2, 1)


def test_a_column_of_different_words_does_not_fill_the_report(site: Site, made: Make) -> None:
    rows = "".join(f"r{number}@x.example,word {chr(97 + number % 26)}{number}\n" for number in range(200))
    done = brought(site, made(f"email,status\n{rows}"))
    assert len(done.counts) <= 62
    assert sum(done.counts.values()) == 200


def test_the_lowest_consent_of_a_file_wins_whichever_row_stands_first(site: Site, made: Make) -> None:
    pairs = [
        ("subscribed", "unsubscribed", "ended"), ("subscribed", "pending", "none"), ("subscribed", "banana", "none"),
        ("subscribed", "bounced", "none"), ("unsubscribed", "pending", "ended"), ("subscribed", "subscribed", "active"),
    ]  # fmt: skip
    rows = "".join(
        f"r{number}@x.example,{one}\nx{number}@x.example,{two}\n"
        for number, (one, two, _) in enumerate(pairs)
    )
    rows += "".join(
        f"R{number}@X.example,{two}\nX{number}@x.Example,{one}\n"
        for number, (one, two, _) in enumerate(pairs)
    )
    brought(site, made(f"email,status\n{rows}"))
    found = states(site)
    for number, (_, _, wanted) in enumerate(pairs):
        assert {found.get(f"{side}{number}", "none") for side in "rx"} == {wanted}, pairs[number]


def test_a_list_of_people_who_left_is_taken_as_such_and_asked_about_by_its_name(
    site: Site, made: Make
) -> None:
    site.reader("a@x.example")
    path = made("email\na@x.example\nb@x.example\n", name="unsubscribed_2024.csv")
    with pytest.raises(CsvError, match=r'says "unsubscribed".*--unsubscribed') as told:
        brought(site, path)
    assert told.value.usage
    assert states(site) == {"a": "active"}
    brought(site, path, gone=True)
    assert states(site) == {"a": "ended", "b": "ended"}


def test_our_own_export_gives_the_same_standing_elsewhere(site: Site, made: Make) -> None:
    site.reader("active@x.example", sections="city,world", zone="Europe/Rome")
    site.reader("=guarded@x.example", name="+49 name", sections="sport")
    site.reader("paused@x.example")
    site.reader("left@x.example")
    site.reader("weekly@x.example", newsletter="boker")
    until = datetime(2099, 1, 2, 3, tzinfo=UTC)
    dead = site.reader("dead@x.example")
    from subscribers.api import suppress
    from subscribers.model import Act, Evidence
    from subscribers.store.erasure import erase_person
    from subscribers.store.subscriptions import transition

    def of(name: str) -> int:
        with site.database.read() as connection:
            found = people.subscriber_by_key(connection, f"{name}@x.example")
        assert found is not None
        return found.id

    with site.database.write() as connection:
        transition(connection, of("paused"), "daily", Act.PAUSE, Evidence(site.now, "x"), until=until)
        transition(connection, of("left"), "daily", Act.END, Evidence(site.now, "x"))
        suppress(connection, reason="bounce", at=site.now, subscriber_id=dead)
    file = io.StringIO(newline="")
    with site.database.read() as connection:
        assert export_csv(connection, file) == 6
        everybody = [reader.id for reader, _ in people.iterate_subscriptions(connection)]
    with site.database.write() as connection:  # now "elsewhere"; only hashes are left, under other keys
        for reader in everybody:
            erase_person(
                connection, reader, type(site.links.keys)([b"the keys of quite another site!!"]), site.now
            )
    path = made(file.getvalue())
    assert interpret(open_csv(path)).provider == "own"
    task = {"sections": ("world", "city", "sport")}
    done = brought(site, path, **task)
    assert states(site) == {"active": "active", "=guarded": "active", "paused": "paused", "left": "ended"}
    assert done.counts["suppressed"] == 1
    assert done.counts["skipped: of another newsletter (boker)"] == 1
    with site.database.read() as connection:
        held = {
            reader.address.split("@")[0]: (reader, wish)
            for reader, wish in people.iterate_subscriptions(connection)
        }
    assert held["paused"][1].paused_until == until
    assert held["active"][1].sections == "world,city"
    assert held["active"][0].zone == "Europe/Rome"
    assert held["=guarded"][0].name == "+49 name"
    site.reader("later@x.example")
    brought(site, made(file.getvalue().replace("paused@x.example", "later@x.example")), **task)
    assert states(site)["later"] == "paused", "somebody active here is paused, too: consent only falls"
    assert brought(site, path, **task).counts["added"] == 0
