"""Whatever readers, strangers, lists and operators do in whatever order: consent never exceeds what the reader last said.

The machine presses the real pages with every link that any mail or page ever gave, old ones too, and keeps beside
them what the reader said last. Only then may an edition go out.
"""

import re
import tempfile
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from starlette.testclient import TestClient

from digest.store.engine import Database
from digest.store.migrate import upgrade
from subscribers import rules
from subscribers.api import audience, suppress
from subscribers.model import Act, Evidence, State
from subscribers.store import people
from subscribers.store.erasure import erase_person, forget_unconfirmed
from subscribers.store.signup import SignUp, add_subscriber
from subscribers.store.subscriptions import transition
from tests.subscribers.conftest import NEWSLETTERS, Site, good

ADDRESS = "ada@reader.example"
BASE = "https://news.paper.example"
LISTS = st.sampled_from(["daily", "daily", "daily", "boker"])
SECTIONS = st.sets(st.sampled_from(["world", "city", "medina"]))
ANY = st.integers(min_value=0, max_value=10_000)


@cache
def empty() -> bytes:
    """Return the file of a database with its tables and no reader."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "digest.db"
        database = Database(f"sqlite:///{file}")
        upgrade(database)
        database.close()
        return file.read_bytes()


class Consent(RuleBasedStateMachine):
    """One reader, two newsletters, and everybody who may do something about them."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        file = Path(self.folder.name) / "digest.db"
        file.write_bytes(empty())
        self.site = Site(Database(f"sqlite:///{file}"), datetime(2026, 3, 4, 5, tzinfo=UTC))
        self.client: TestClient = self.site.client.__enter__()  # one event loop for all requests
        # What the reader said last of each newsletter; "" for nothing yet: then others may vouch for them.
        self.said = dict.fromkeys((each.name for each in NEWSLETTERS), "")
        self.ever_ended = dict.fromkeys(self.said, False)
        self.confirms: list[tuple[str, str]] = []
        self.undos: list[tuple[str, str, str]] = []  # newsletter, page, token
        self.undoable = dict.fromkeys(self.said, "")  # the token of the latest end
        self.blocked = ""

    def teardown(self) -> None:
        self.client.__exit__(None, None, None)
        self.site.database.close()
        self.folder.cleanup()

    @property
    def reader(self) -> int:
        with self.site.database.read() as connection:
            found = people.subscriber_by_key(connection, ADDRESS)
        return found.id if found else 0

    def state(self, name: str) -> str:
        with self.site.database.read() as connection:
            found = people.find_subscription(connection, self.reader, name)
        return str(found.state) if found else ""

    def bulk(self, name: str, act: Act) -> None:
        with self.site.database.write() as connection:
            transition(connection, self.reader, name, act, Evidence(self.site.now, "a list"))

    @initialize(start=st.sampled_from(["nobody", "asked", "in", "in"]))
    def begins(self, start: str) -> None:
        if start == "in":
            self.an_operator_adds_the_reader("daily")
        elif start == "asked":
            self.somebody_types_the_address("daily")

    # ------------------------------------------------------------------ anybody

    @rule(name=LISTS)
    def somebody_types_the_address(self, name: str) -> None:
        sent = len(self.site.mails)
        self.client.post(f"/subscribe/{name}", data={"email": ADDRESS})
        for mail in self.site.mails[sent:]:
            if mail["kind"] == "confirm":
                found = re.search(rf"{BASE}(/c/\S+)", mail["text"])
                assert found
                self.confirms.append((name, found[1]))

    @rule(minutes=st.sampled_from([1, 1, 1, 11, 11, 30, 60 * 24, 60 * 24 * 9, 60 * 24 * 31]))
    def time_passes(self, minutes: int) -> None:
        self.site.later(minutes=minutes)

    def the_house_tidies(self) -> None:
        with self.site.database.write() as connection:
            forget_unconfirmed(connection, self.site.now - rules.PENDING_FOR)

    def a_list_is_imported(self, name: str, act: Act) -> None:
        if act is Act.LOWER and self.state(name) != "ended":
            self.undoable[name] = ""
        self.bulk(name, act)

    def an_operator_adds_the_reader(self, name: str) -> None:
        with self.site.database.write() as connection:
            add_subscriber(
                connection,
                self.site.links.keys,
                SignUp(good(ADDRESS), name),
                Evidence(self.site.now, "by hand"),
            )

    def the_address_is_suppressed(self, reason: str) -> None:
        with self.site.database.write() as connection:
            keys = self.site.links.keys
            if suppress(connection, reason=reason, at=self.site.now, address=ADDRESS, keys=keys):
                self.blocked = reason

    @rule(
        what=st.sampled_from(["tidy", "import", "lower", "add", "bounce", "complaint", "manual"]), name=LISTS
    )
    def the_house_does(self, what: str, name: str) -> None:
        """What others than the reader do, one rule for all of it: the reader's own acts shall be the most."""
        match what:
            case "tidy":
                self.the_house_tidies()
            case "add":
                self.an_operator_adds_the_reader(name)
            case "import" | "lower":
                self.a_list_is_imported(name, Act(what))
            case _:
                self.the_address_is_suppressed(what)

    # ------------------------------------------------------------------ the reader, by links that were sent

    @precondition(lambda self: self.confirms)
    @rule(which=ANY)
    def the_reader_confirms(self, which: int) -> None:
        name, path = self.confirms[which % len(self.confirms)]
        before = self.state(name)
        page = self.client.post(path)
        if page.status_code == 200:
            if before == "pending":
                assert self.state(name) == "active"
            if before != "paused":
                self.said[name] = "yes"
            if self.blocked in ("bounce", "erased"):
                self.blocked = ""

    @precondition(lambda self: self.reader)
    @rule(name=LISTS, one_click=st.booleans())
    def the_reader_leaves(self, name: str, one_click: bool) -> None:
        path = self.site.links.unsubscribe(self.reader, name).removeprefix(BASE)
        before = self.state(name)
        data = {"List-Unsubscribe": "One-Click"} if one_click else {}
        page = self.client.post(path, data=data)
        assert page.status_code == 200
        if before:
            self.said[name], self.ever_ended[name] = "no", True
        if before not in ("", "ended"):
            self.undoable[name] = (
                ""  # one-click has no good-bye page, and what was never confirmed no way back
            )
        if undo := re.search(r'name="undo" value="([^"]+)"', page.text):
            assert before in ("active", "paused")
            self.undoable[name] = undo[1]
            self.undos.append((name, path, undo[1]))

    @precondition(lambda self: self.undos)
    @rule(which=ANY, where=LISTS)
    def the_reader_takes_an_end_back(self, which: int, where: str) -> None:
        name, path, token = self.undos[which % len(self.undos)]
        if where != name:  # the token of one newsletter at the page of the other
            path = self.site.links.unsubscribe(self.reader, where).removeprefix(BASE)
        before = self.state(where)
        page = self.client.post(f"{path}/undo", data={"undo": token})
        if before != "ended":  # pressed twice
            assert self.state(where) == before
        elif page.status_code == 200:
            assert token == self.undoable[where]
            self.said[name] = "yes" if self.state(name) == "active" else "pause"
        else:
            assert self.state(where) == "ended"

    def the_reader_pauses(self, name: str, days: int) -> None:
        before = self.state(name)
        path = self.site.links.unsubscribe(self.reader, name).removeprefix(BASE)
        self.client.post(f"{path}/pause", data={"days": str(days)})
        if before in ("active", "paused"):
            self.said[name] = "pause"

    def the_reader_ends_a_pause(self, name: str) -> None:
        before = self.state(name)
        path = self.site.links.preferences(self.reader, name).removeprefix(BASE)
        self.client.post(path, data={"act": "resume"})
        if before == "paused":
            self.said[name] = "yes"

    def the_reader_chooses_sections(self, name: str, sections: set[str]) -> None:
        path = self.site.links.preferences(self.reader, name).removeprefix(BASE)
        self.client.post(path, data={"act": "save", "section": sorted(sections)})

    def the_reader_is_erased(self) -> None:
        with self.site.database.write() as connection:
            if erase_person(connection, self.reader, self.site.links.keys, self.site.now):
                self.blocked = self.blocked or "erased"
                self.said = dict.fromkeys(self.said, "no")
                self.ever_ended = dict.fromkeys(self.said, False)

    @precondition(lambda self: self.reader)
    @rule(
        what=st.sampled_from(["pause", "pause", "resume", "sections", "erase"]), name=LISTS, sections=SECTIONS
    )
    def the_reader_sets(self, what: str, name: str, sections: set[str]) -> None:
        match what:
            case "pause":
                self.the_reader_pauses(name, 7)
            case "resume":
                self.the_reader_ends_a_pause(name)
            case "sections":
                self.the_reader_chooses_sections(name, sections)
            case _:
                self.the_reader_is_erased()

    # ------------------------------------------------------------------ what must hold

    @invariant()
    def nothing_goes_to_whom_the_reader_does_not_want_it_from(self) -> None:
        for name, said in self.said.items():
            with self.site.database.read() as connection:
                reached = connection.execute(audience(name, at=self.site.now)).all()
            if not reached:
                continue
            assert said != "no"
            assert not self.ever_ended[name] or said in ("yes", "pause")
            assert not self.blocked
            if said == "pause":
                with self.site.database.read() as connection:
                    wish = people.find_subscription(connection, self.reader, name)
                assert wish is not None
                assert wish.state is State.ACTIVE or wish.paused_until <= self.site.now  # type: ignore[operator]


Consent.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
TestConsent = Consent.TestCase
