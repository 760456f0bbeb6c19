"""People at the pages of a driven paper: tabs of the desk that are open all day, and readers who come and go."""

import http.client
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle
from urllib.parse import urlencode, urlsplit

from subscribers.links import Links
from tests.bench.paper import EDITORS, NEWSLETTERS, PASSWORD, Paper

PAGES = (
    "",
    "/progress",
    "/preview",
    "/html",
    "/report",
    "/history",
    "/text",
    "/source",
    "/headers",
    "/approve",
)
THINKS = 0.8  # seconds between two looks of a tab
FIELD = re.compile(r'name="_token" value="([^"]+)"')
REVISION = re.compile(r'name="revision" value="(\d+)"')
SIGN_UPS = 24  # a day: each has a confirmation and a welcome
TESTS = 7  # a day, to five addresses each


class Browser:
    """One browser: a connection that is kept, and cookies."""

    def __init__(self, paper: Paper) -> None:
        self.paper, self.cookies = paper, dict[str, str]()
        self._line: http.client.HTTPConnection | None = None
        self._lock = threading.RLock()  # a tab's own thread looks, and the morning signs it in

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """Return status and text of *path*; with *form* it is posted as our own page does."""
        with self._lock:
            return self._asked(path, form)

    def _asked(self, path: str, form: dict[str, str] | None) -> tuple[int, str]:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers |= {"Origin": self.paper.url, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form) if form is not None else None
        for last in (False, True):
            if self._line is None:
                self._line = http.client.HTTPConnection("127.0.0.1", self.paper.port, timeout=90)
            try:
                self._line.request("POST" if form is not None else "GET", path, body, headers)
                answer = self._line.getresponse()
                text = answer.read().decode("utf-8", "replace")
                break
            except (OSError, http.client.HTTPException):  # it was idle for too long: that is no fault
                self.close()
                if last:
                    raise
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value.strip('"')
        return answer.status, text

    def close(self) -> None:
        """Close the connection; the cookies stay."""
        if self._line is not None:
            self._line.close()
        self._line = None

    def sign_in(self, name: str) -> None:
        """Sign in, by the form."""
        with self._lock:
            self._sign_in(name)

    def _sign_in(self, name: str) -> None:
        self.cookies.pop("session", None)
        token = FIELD.search(self.ask("/sign-in")[1])
        assert token is not None
        status, _ = self.ask("/sign-in", {"_token": token[1], "name": name, "password": PASSWORD, "next": ""})
        assert status == 303, f"the sign-in answers {status}"

    def act(self, page: str, to: str, form: dict[str, str]) -> tuple[int, str]:
        """Post *form* to *to* with the token (and the revision) that *page* shows; return status and text."""
        text = self.ask(page)[1]
        token, revision = FIELD.search(text), REVISION.search(text)
        assert token is not None, f"{page} shows no form"
        shown = {"_token": token[1]} | ({"revision": revision[1]} if revision else {})
        return self.ask(to, shown | form)


@dataclass
class Desk:
    """Tabs, each signed in as an editor, that look at one page of the day after the other, until `close`."""

    paper: Paper
    day: date
    thinks: float = THINKS
    looks: int = 0
    wrong: list[str] = field(default_factory=list)
    going: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.tabs = [Browser(self.paper) for _ in EDITORS]
        self.threads = [
            threading.Thread(target=self._looks, args=(number,), daemon=True)
            for number in range(len(self.tabs))
        ]
        for thread in self.threads:
            thread.start()

    def morning(self, day: date) -> None:
        """Everybody signs in and turns to *day*."""
        self.pause()
        for tab, name in zip(self.tabs, EDITORS, strict=True):
            tab.sign_in(name)
        self.day = day
        self.going.set()

    def pause(self) -> None:
        self.going.clear()

    def close(self) -> None:
        self.over.set()
        self.going.set()
        for thread in self.threads:
            thread.join(90)

    def _looks(self, number: int) -> None:
        pages = cycle([(name, page) for name in NEWSLETTERS for page in PAGES][number * 5 :])
        while not self.over.is_set():
            self.going.wait()
            name, page = next(pages)
            try:
                status, _ = self.tabs[number].ask(f"/desk/{name}/{self.day}{page}")
                if status >= 500:
                    self.wrong.append(f"{name}{page}: {status}")
            except (OSError, http.client.HTTPException) as problem:
                if not self.over.is_set():
                    self.wrong.append(f"{name}{page}: {problem!r}")
            self.looks += 1
            time.sleep(self.thinks)


def readers_day(paper: Paper, links: Links, day: date, pool: ThreadPoolExecutor) -> None:
    """Sign readers up, let them confirm, and let yesterday's leave by one click; all of them at the same time."""
    names = [NEWSLETTERS[number % len(NEWSLETTERS)] for number in range(SIGN_UPS)]
    wanted = [(f"new{number}@d{day:%Y%m%d}.example.org", name) for number, name in enumerate(names)]
    _all(pool, [lambda address=address, name=name: sign_up(paper, address, name) for address, name in wanted])  # type: ignore[misc]
    _all(
        pool,
        [lambda address=address, name=name: confirm(paper, links, address, name) for address, name in wanted],
    )  # type: ignore[misc]
    before = day - timedelta(days=1)
    gone = [(f"new{number}@d{before:%Y%m%d}.example.org", name) for number, name in enumerate(names)]
    _all(
        pool,
        [lambda address=address, name=name: leave(paper, links, address, name) for address, name in gone],
    )  # type: ignore[misc]


def _all(pool: ThreadPoolExecutor, acts: list[Callable[[], None]]) -> None:
    for one in [pool.submit(act) for act in acts]:
        one.result(120)


def sign_up(paper: Paper, address: str, newsletter: str) -> None:
    status, _ = once(paper, f"/subscribe/{newsletter}", {"email": address})
    assert status == 200, f"the sign-up answers {status}"


def confirm(paper: Paper, links: Links, address: str, newsletter: str) -> None:
    reader = number_of(paper, address)
    status, _ = once(paper, urlsplit(links.confirm(reader, newsletter, paper.now())).path, {})
    assert status < 400, f"the confirmation answers {status}"


def leave(paper: Paper, links: Links, address: str, newsletter: str) -> None:
    reader = number_of(paper, address)
    if reader:
        path = urlsplit(links.unsubscribe(reader, newsletter)).path
        status, _ = once(paper, path, {"List-Unsubscribe": "One-Click"})
        assert status == 200, f"leaving answers {status}"


def number_of(paper: Paper, address: str) -> int:
    return paper.ask("SELECT id FROM subscribers WHERE address = ?", address) or 0


def once(paper: Paper, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
    """Ask over a connection of its own, as a reader does."""
    browser = Browser(paper)
    try:
        return browser.ask(path, form)
    finally:
        browser.close()


def tests_of_the_day(paper: Paper, tab: Browser, day: date, names: tuple[str, ...]) -> None:
    """Send the day's drafts to ourselves, five addresses at a time."""
    for number in range(TESTS):
        at = f"/desk/{names[number % len(names)]}/{day}"
        to = " ".join(f"test{number}.{one}@d{day:%Y%m%d}.example.org" for one in range(5))
        status, text = tab.act(f"{at}/preview", f"{at}/test", {"to": to})
        assert status == 200, f"the test answers {status}: {text}"
