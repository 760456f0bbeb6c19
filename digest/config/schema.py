"""Every setting, with its default and its bounds: frozen data that the pure stages may read.

Loading, the environment and the line numbers of faults are in `digest/config/__init__.py`; this file only
says what a right configuration is. A comment for each setting stands in `config.example.toml`.
"""

import hashlib
import re
from datetime import date, time, timedelta
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    Field,
    PrivateAttr,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from digest.config import oauth
from digest.config.base import Settings
from digest.config.feedback import Feedback
from digest.config.look import Look, SectionRule
from digest.config.types import (
    Address,
    Domain,
    Duration,
    Endpoint,
    Helo,
    Host,
    Line,
    Network,
    Proxy,
    Share,
    Slug,
    Span,
    WebAddress,
    Weekday,
    Zone,
)

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"})


class Site(Settings):
    name: Line = "Our newsroom"
    url: WebAddress = "http://127.0.0.1:8000"
    data: Path = Path("data")
    templates: Path | None = None
    extensions: Path | None = None
    keys_file: Path = Path("data/keys")
    keys: tuple[SecretStr, ...] = ()


class Database(Settings):
    url: str = "sqlite:///data/digest.db"


class Fetch(Settings):
    contact: Line = ""
    interval: Span = timedelta(minutes=30)
    longest_interval: Span = timedelta(hours=24)
    timeout: Span = timedelta(seconds=30)
    max_bytes: int = Field(default=15_000_000, ge=10_000)
    concurrency: int = Field(default=8, ge=1, le=64)
    deny: tuple[Network, ...] = ()
    pages: int = Field(default=20, ge=0, le=500)


class Source(Settings):
    kind: str = "feed"
    url: str
    outlet: Line = ""
    language: str = ""
    section: str = ""
    trust: float = Field(default=1.0, ge=0, le=1)
    interval: Span | None = None
    encoding: str = ""
    allow_private: tuple[Endpoint, ...] = ()
    housekeeping: bool = False
    pages: int | None = Field(default=None, ge=0, le=500)
    options: dict[str, object] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _readable(cls, url: str, info: ValidationInfo) -> str:
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", url.strip(), re.IGNORECASE)
        kind = info.data.get("kind")
        if kind in {"feed", "sitemap", "page"} and not re.match(r"https?://[^/\s?#]", url, re.IGNORECASE):
            raise ValueError(f"the address of a {kind} must begin with http:// or https://, and name a host")
        if info.data.get("kind") == "folder" and scheme and scheme[1].lower() != "file":
            raise ValueError("must be the path of a folder")
        return url


class Schedule(Settings):
    time: time
    zone: Zone = "UTC"
    days: tuple[Weekday, ...] = WEEKDAYS
    exclude: tuple[date, ...] = ()
    lead: Duration = timedelta(minutes=60)
    freeze: Duration = timedelta(minutes=10)
    freshness: Span = timedelta(hours=6)
    spread: Duration = timedelta(0)
    approval: Literal["automatic", "one", "two"] = "automatic"
    unattended: Literal["send", "hold"] = "send"

    @property
    def tz(self) -> ZoneInfo:
        """The zone of *time*."""
        return ZoneInfo(self.zone)

    @model_validator(mode="after")
    def _ordered(self) -> "Schedule":
        if self.freeze > self.lead:
            raise ValueError("freeze must not be longer before the send than lead")
        if self.spread >= self.freshness:
            raise ValueError("spread must be shorter than freshness, or a day could be missed by it")
        if self.time.tzinfo is not None:
            raise ValueError('time is local to zone: write "06:00"')
        return self


class Ranking(Settings):
    weights: dict[str, float] = Field(default_factory=dict)
    half_life: Span = timedelta(hours=8)
    half_lives: dict[str, Span] = Field(default_factory=dict)
    local: tuple[str, ...] = ()
    sections: dict[str, Share] = Field(default_factory=dict)
    urls: dict[str, Share] = Field(default_factory=dict)


class Sender(Settings):
    address: Address
    name: Line = ""
    reply_to: Address | None = None
    bounces: Domain = ""
    list_id: Domain = ""
    owner: Address | None = None
    feedback_id: Line = ""
    unsubscribe_by_mail: bool | None = None  # None: where [feedback] reads the mailbox
    postal: str = ""

    @property
    def domain(self) -> str:
        """Our domain, in A-labels: what follows the @ in From."""
        return self.address.rpartition("@")[2]

    @property
    def bounce_domain(self) -> str:
        """The domain that bounces come back to, in A-labels."""
        return self.bounces or self.domain


class Dkim(Settings):
    domain: Domain = ""
    selector: Line = ""
    key_file: Path | None = None
    ed25519_selector: Line = ""
    ed25519_key_file: Path | None = None

    @model_validator(mode="after")
    def _named(self) -> "Dkim":
        for selector in filter(None, (self.selector, self.ed25519_selector)):
            if not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?", selector):
                raise ValueError(f"{selector!r} is no selector: use a-z, 0-9, - and dots")
        if self.key_file and not self.selector:
            raise ValueError("key_file needs the selector under which its public half stands in the DNS")
        if bool(self.ed25519_key_file) != bool(self.ed25519_selector):
            raise ValueError("ed25519_selector and ed25519_key_file go together")
        if self.ed25519_key_file and not self.key_file:
            raise ValueError("an Ed25519 signature is only a second one: RSA's key_file is needed, too")
        return self


class FirstWaveRule(Settings):
    share: float = Field(default=0.0, ge=0, le=0.5)
    readers: int = Field(default=100, ge=1)
    wait: Span = timedelta(minutes=15)


class Newsletter(Settings):
    title: Line
    tagline: Line = ""
    language: str = "en"
    sources: tuple[str, ...] = Field(min_length=1)
    witnesses: tuple[str, ...] = ()
    schedule: Schedule
    sender: Sender
    dkim: Dkim = Dkim()
    top: int = Field(default=5, ge=1, le=12)
    brief: int = Field(default=6, ge=0, le=20)
    sections: tuple[SectionRule, ...] = ()
    window: Span = timedelta(hours=24)
    longest_window: Span = timedelta(days=4)
    ranking: Ranking = Ranking()
    look: Look = Look()
    subject: str = "{{ lead.title }}"
    preheader: str = "{{ others | map(attribute='title') | join(' · ') }}"
    links: dict[str, str] = Field(default_factory=dict)
    why: Line = ""
    archive: Literal["public", "off"] = "off"
    editors: tuple[Address, ...] = ()
    seeds: tuple[Address, ...] = ()
    unknown: Literal["hold", "resend"] = "hold"
    first_wave: FirstWaveRule = FirstWaveRule()
    _name: str = PrivateAttr(default="")

    @property
    def name(self) -> str:
        """What it is called in the configuration: [newsletters.NAME]."""
        return self._name

    def named(self, name: str) -> "Newsletter":
        """Return this newsletter, which knows from now on that it is called *name*."""
        self._name = name
        return self

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of these settings: an edition keeps which it was made with."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """The reading direction of the newsletter's language."""
        return "rtl" if self.language.split("-")[0].lower() in RTL else "ltr"

    @model_validator(mode="after")
    def _sections_differ(self) -> "Newsletter":
        names = [rule.name for rule in self.sections]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice or {"top", "brief"} & set(names):
            raise ValueError(
                f"section names must differ from each other and from top and brief: {', '.join(names)}"
            )
        if self.longest_window < self.window:
            raise ValueError("longest_window must not be shorter than window")
        if self.first_wave.share and 2 * self.first_wave.wait > self.schedule.freshness:
            raise ValueError(
                "first_wave.wait must be at most half of schedule.freshness: the rest needs time, too"
            )
        both = sorted(set(self.sources) & set(self.witnesses))
        if both:
            raise ValueError(f"a source is own or witness, not both: {', '.join(both)}")
        return self


class Relay(Settings):
    transport: str = "smtp"
    host: Host = "127.0.0.1"
    port: int = Field(default=25, ge=1, le=65535)
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    password_file: Path | None = None
    auth: Literal["password", "xoauth2", "oauthbearer"] = "password"
    token_command: tuple[str, ...] = ()
    token_url: WebAddress | None = None
    client_id: Line = ""
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Path | None = None
    refresh_token: SecretStr = SecretStr("")
    refresh_token_file: Path | None = None
    scope: Line = ""
    helo: Helo = ""
    connections: int = Field(default=4, ge=1, le=200)
    messages_per_connection: int = Field(default=1000, ge=1)
    rate: float = Field(default=0.0, ge=0)
    timeout: Span = timedelta(seconds=60)
    folder: Path = Path("data/sent")
    dkim: Literal["ours", "relay"] = "relay"
    rewrites: tuple[Line, ...] = ()
    quota: int = Field(default=0, ge=0)
    ca_file: Path | None = None
    backup: bool = False
    options: dict[str, object] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _logs_in(self) -> "Relay":
        if problem := oauth.wrong(self):
            raise ValueError(problem)
        return self

    @field_validator("rewrites")
    @classmethod
    def _sealed(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        must = {"from", "list-unsubscribe", "list-unsubscribe-post"} & {name.lower() for name in names}
        if must:
            raise ValueError(
                f"a signature that leaves out {', '.join(sorted(must))} is worth nothing (RFC 6376, 8058)"
            )
        return names


class Web(Settings):
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    proxies: tuple[Proxy, ...] = ()
    hosts: tuple[Host, ...] = ()
    metrics_token: SecretStr = SecretStr("")


class Alarms(Settings):
    mail: tuple[Address, ...] = ()
    webhook: WebAddress | None = None


class Breaker(Settings):
    bounces: Share = 0.02
    complaints: Share = 0.001
    refusals: Share = 0.05
    events: int = Field(default=5, ge=1)
    tries: int = Field(default=100, ge=1)


class WarmUpRule(Settings):
    start: date
    first: int = Field(default=200, ge=1)
    last: int = Field(default=200_000, ge=1)
    days: int = Field(default=42, ge=1, le=365)
    order: Literal["oldest", "newest"] = "oldest"

    @model_validator(mode="after")
    def _grows(self) -> "WarmUpRule":
        if self.last < self.first:
            raise ValueError("last must not be less than first: the cap grows from one to the other")
        return self


class Readers(Settings):
    cool_down: Duration = timedelta(minutes=10)
    network_limit: int = Field(default=30, ge=1)
    pending_limit: int = Field(default=20_000, ge=1)
    refused_domains_file: Path | None = None
    refused_domains: tuple[str, ...] = ()
    forms_on: tuple[WebAddress, ...] = ()
    test_domains: bool = False


class Config(Settings):
    """The whole configuration."""

    site: Site = Site()
    database: Database = Database()
    fetch: Fetch = Fetch()
    web: Web = Web()
    alarms: Alarms = Alarms()
    breaker: Breaker = Breaker()
    warm_up: dict[Domain, WarmUpRule] = Field(default_factory=dict)
    readers: Readers = Readers()
    feedback: Feedback = Feedback()
    sources: dict[Slug, Source] = Field(min_length=1)
    newsletters: dict[Slug, Newsletter] = Field(min_length=1)
    relays: dict[Slug, Relay] = Field(default_factory=lambda: {"main": Relay()})

    def takes_ways_out(self, newsletter: Newsletter) -> bool:
        """Return whether the mails of *newsletter* may name a mailbox that ends the subscription: somebody reads it."""
        chosen = newsletter.sender.unsubscribe_by_mail
        return self.feedback.reads_mail if chosen is None else chosen

    @model_validator(mode="after")
    def _newsletters_know_their_names(self) -> "Config":
        for name, newsletter in self.newsletters.items():
            newsletter.named(name)
        return self

    @model_validator(mode="after")
    def _what_warms_up_sends(self) -> "Config":
        domains = {newsletter.sender.domain for newsletter in self.newsletters.values()}
        if strange := sorted(set(self.warm_up) - domains):
            raise ValueError(
                f"warm_up names {', '.join(strange)}, which no newsletter is sent from: "
                f"write one of {', '.join(sorted(domains))}"
            )
        return self
