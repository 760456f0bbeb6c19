"""Every setting, with its default and its bounds: frozen data that the pure stages may read.

Loading, the environment and the line numbers of faults are in `digest/config/__init__.py`; this file only
says what a right configuration is. A comment for each setting stands in `config.example.toml`.
"""

import re
from collections.abc import Callable
from datetime import date, time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from digest import endpoint
from digest.config import oauth
from digest.config.domains import ascii_address, ascii_domain, ascii_host, ascii_web

LONGEST = timedelta(days=3660)
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
RTL = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi"})


def _duration(value: Any) -> Any:
    """Return a timedelta for "90s", "15m", "6h" or "2d"; anything else is left for pydantic to refuse."""
    if isinstance(value, str):
        found = re.fullmatch(r"\s*(\d{1,8})\s*([smhd])\s*", value, re.ASCII)
        if not found:
            raise ValueError('write a duration such as "90s", "15m", "6h" or "2d"')
        made = int(found[1]) * timedelta(**{UNITS[found[2]]: 1})
        if made > LONGEST:
            raise ValueError("is longer than ten years")
        return made
    return value


def _some(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError('must be longer than nothing: write "90s", "15m", "6h" or "2d"')
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f'{value!r} is no time zone; write one such as "Europe/London"')
    return value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", value):
        raise ValueError("use 1 to 40 of a-z, 0-9 and -, not at the ends")
    return value


def _one_line(value: str) -> str:
    if any(ord(mark) < 32 or ord(mark) == 127 for mark in value):
        raise ValueError("must be one line without control characters")
    return value


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError('write a colour as "#0B5FA5"')
    return value


def _helo(value: str) -> str:
    return value if value.startswith("[") and value.isascii() else ascii_host(value)


def _or_none(check: Callable[[str], str]) -> Callable[[str], str]:
    """Return *check* for a setting that may be left empty."""
    return lambda value: check(value) if value else value


def _network(value: str) -> str:
    try:
        return str(ip_network(value, strict=False))
    except ValueError:
        raise ValueError(f'{value!r} is no network: write one such as "2001:db8:64::/96"') from None


def _proxy(value: str) -> str:
    try:
        network = ip_network(value.strip(), strict=False)
    except ValueError:
        raise ValueError(
            f'{value!r} is no IP address: write the proxy\'s, such as "127.0.0.1", or its network, "10.0.0.0/24"'
        ) from None
    if network.prefixlen == 0:
        raise ValueError("would believe everybody what they say of themselves: name the proxies' own network")
    return str(network) if network.num_addresses > 1 else str(network.network_address)


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Span = Annotated[
    timedelta, BeforeValidator(_duration), AfterValidator(_some)
]  # a duration that is not nothing
Zone = Annotated[str, AfterValidator(_zone)]
Slug = Annotated[str, AfterValidator(_slug)]
Line = Annotated[str, AfterValidator(_one_line)]
Colour = Annotated[str, AfterValidator(_colour)]
Address = Annotated[str, AfterValidator(_one_line), AfterValidator(ascii_address)]
Domain = Annotated[str, AfterValidator(_one_line), AfterValidator(_or_none(ascii_domain))]
Host = Annotated[str, AfterValidator(_one_line), AfterValidator(ascii_host)]
WebAddress = Annotated[str, AfterValidator(_one_line), AfterValidator(ascii_web)]
Network = Annotated[str, AfterValidator(_network)]
Endpoint = Annotated[str, AfterValidator(endpoint.written)]
Proxy = Annotated[str, AfterValidator(_proxy)]
Share = Annotated[float, Field(ge=0, le=1)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Settings(BaseModel):
    """A table of settings: unknown keys are refused, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Site(Settings):
    name: Line = "Our newsroom"
    url: WebAddress = "http://127.0.0.1:8000"
    data: Path = Path("data")
    templates: Path | None = None
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
    options: dict[str, Any] = Field(default_factory=dict)

    @field_validator("url")
    @classmethod
    def _readable(cls, url: str, info: ValidationInfo) -> str:
        scheme = re.match(r"([a-z][a-z0-9+.-]*):", url.strip(), re.IGNORECASE)
        if info.data.get("kind") == "feed" and not re.match(r"https?://[^/\s?#]", url, re.IGNORECASE):
            raise ValueError("the address of a feed must begin with http:// or https://, and name a host")
        if info.data.get("kind") == "folder" and scheme and scheme[1].lower() != "file":
            raise ValueError("must be the path of a folder")
        return url


class SectionRule(Settings):
    name: Slug
    title: Line
    stories: int = Field(default=4, ge=1, le=30)
    categories: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


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


class Look(Settings):
    template: str = "default"
    accent: Colour = "#0B5FA5"
    accent_dark: Colour = "#7CB8EE"
    logo: str = ""
    logo_width: int = Field(default=220, ge=40, le=640)
    headline_font: Line = ""
    text_font: Line = ""
    radius: int = Field(default=0, ge=0, le=24)
    pictures: Literal["host", "hotlink", "none"] = "host"


class Sender(Settings):
    address: Address
    name: Line = ""
    reply_to: Address | None = None
    bounces: Domain = ""
    list_id: Domain = ""
    owner: Address | None = None
    feedback_id: Line = ""
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
    helo: Annotated[str, AfterValidator(_one_line), AfterValidator(_or_none(_helo))] = ""
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


class Alarms(Settings):
    mail: tuple[Address, ...] = ()
    webhook: WebAddress | None = None


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
    readers: Readers = Readers()
    sources: dict[Slug, Source] = Field(min_length=1)
    newsletters: dict[Slug, Newsletter] = Field(min_length=1)
    relays: dict[Slug, Relay] = Field(default_factory=lambda: {"main": Relay()})
