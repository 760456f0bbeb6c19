"""What the pages are given by whoever mounts them: plain data and callables."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from sqlalchemy import Connection

from subscribers.links import Links
from subscribers.rules import Limits
from subscribers.store.erasure import ForgetElsewhere


class SendMail(Protocol):
    """Puts a mail to one reader into the outbox, in a transaction of its own.

    *key* is what makes a second one superfluous. *newsletter* tells whose name it is sent in. It is called
    in a thread, after our own transaction was committed.
    """

    def __call__(
        self, *, kind: str, key: str, newsletter: str, to: str, subject: str, text: str, html: str
    ) -> None: ...


class LimitReached(Protocol):
    """Tells the newsroom that sign-up is shut: for everybody by *limit* "pending", for *domain* by "domain".

    It is called for each sign-up that is turned away, in a thread, outside any transaction.
    """

    def __call__(self, *, newsletter: str, limit: str, domain: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsletterInfo:
    """What the pages show of a newsletter. *sections* are (name, title), in their order."""

    name: str
    title: str
    language: str = "en"
    direction: Literal["ltr", "rtl"] = "ltr"
    tagline: str = ""
    sections: tuple[tuple[str, str], ...] = ()
    accent: str = "#0B5FA5"
    accent_dark: str = "#7CB8EE"
    zone: str = "UTC"
    postal: str = ""
    contact: str = ""  # whom a reader can write to
    sites: tuple[str, ...] = ()  # origins whose thank-you page a pasted form may lead back to
    public: bool = True  # offered to readers of the newsroom's other newsletters


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """The site, its newsletters, and the ways to the database, the clock and the outbox.

    *forget* deletes what is kept elsewhere about a reader who is erased: see `store.erasure.erase`.
    """

    site_name: str
    links: Links
    newsletters: tuple[NewsletterInfo, ...]
    templates: Path  # the folder that holds `web/` and `mail/`
    read: Callable[[], AbstractContextManager[Connection]]
    write: Callable[[], AbstractContextManager[Connection]]
    now: Callable[[], datetime]
    send_mail: SendMail
    limit_reached: LimitReached = lambda **what: None
    forget: ForgetElsewhere | None = None
    latest: Callable[[str], str] = lambda newsletter: ""  # where the newest edition can be read
    limits: Limits = field(default_factory=Limits)
    refused_domains: frozenset[str] = frozenset()  # disposable ones, where the newsroom wants none
    test_domains: bool = False

    def newsletter(self, name: str) -> NewsletterInfo | None:
        """Return the newsletter of this name."""
        return next((each for each in self.newsletters if each.name == name), None)
