"""Load a configuration: the TOML file, the environment over it; every fault at once, by name and line.

What is installed and what can only be tried elsewhere is handed in: `digest.configuration` does that.
`DIGEST_RELAYS__MAIN__PASSWORD=...` sets `password` in `[relays.main]`. Paths in the file are relative to
the file's folder, so a timer or a service may start anywhere."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from digest.config.base import Settings
from digest.config.feedback import Feedback
from digest.config.lines import Path as Key
from digest.config.lines import line_of, positions
from digest.config.schema import Config, Newsletter
from digest.errors import ConfigError, Fault, TemplateError

__all__ = ["Config", "Installed", "Known", "load", "private_places"]


@dataclass(frozen=True, slots=True)
class Known:
    """The *names* that a setting may have, and the *places* where they were looked for, in words.

    What was given up is in *gone*: a file that names it still loads, and `digest check` says what to do.
    """

    names: tuple[str, ...]
    places: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __str__(self) -> str:
        looked = f"; looked for in {', '.join(self.places)}" if self.places else ""
        return f"there are: {', '.join(self.names)}{looked}"


@dataclass(frozen=True, slots=True)
class Installed:
    """The names that a configuration may use: its kinds of sources, its transports, its signals."""

    signals: Known
    sources: Known
    transports: Known


Lookup = Callable[[Path | None], Installed]
"""Says what is installed, and is in the folder of extensions that the configuration names."""
TryTexts = Callable[[Config], Iterator[tuple[Key, TemplateError]]]
"""Yields the settings whose text is a template that fails, each with its error."""

# Settings that were: where what they said is said now.
MOVED: dict[Key, str] = {
    ("fetch", "allow_private"): "name host and port at the one source that needs it, "
    'allow_private = ["cms.internal:8080"] in [sources.NAME]',
}


class _Sourced(BaseSettings):
    """Settings with two sources: the environment wins over the file."""

    model_config = SettingsConfigDict(env_prefix="DIGEST_", env_nested_delimiter="__", frozen=True)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


class _Loader(Config, _Sourced):
    """The whole configuration."""

    model_config = SettingsConfigDict(extra="forbid")


class _Folder(_Sourced):
    """The one setting that has to be known before the rest can be judged: where the newsroom's extensions are."""

    model_config = SettingsConfigDict(extra="ignore")
    site: dict[str, object] = Field(default_factory=dict)


def load(file: Path, installed: Lookup, try_texts: TryTexts) -> Config:
    """Return the configuration in *file*; raise ConfigError with every fault, by name and line."""
    text = _text(file)
    try:
        raw = tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ConfigError(
            f"is not valid TOML: {problem}", where=str(file), do="Mend that line and try again."
        ) from None
    known = positions(text)
    own, faults = _extensions(raw, file.resolve().parent, known)
    faults += [_fault(path, what, known) for path, what in _crossed(raw, installed(own))]
    config: Config | None = None
    try:
        config = _Loader(**raw)
    except ValidationError as problem:
        faults += [_fault(tuple(error["loc"]), _plain(error), known) for error in problem.errors()]
    else:
        faults += _texts(try_texts(config), known)
    if faults or config is None:
        faults.sort(key=lambda fault: (fault.line, fault.key))
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        raise ConfigError(f"{count} in the configuration", where=str(file), faults=tuple(faults))
    return _anchored(config, file.resolve().parent)


def _extensions(raw: dict[str, Any], folder: Path, known: dict[Key, int]) -> tuple[Path | None, list[Fault]]:
    """Return the newsroom's folder of extensions, and what is wrong with it."""
    try:
        named = _Folder(**raw).site.get("extensions")
    except (ValidationError, TypeError):  # told when the whole is read
        return None, []
    if not isinstance(named, str):
        return None, []
    own, path = folder / named, ("site", "extensions")
    try:
        there = own.is_dir()
    except (OSError, ValueError):  # longer than a name may be, or with a NUL
        there = False
    if not there:
        return None, [_fault(path, f"there is no folder {own}: make it, or leave the setting out", known)]
    return own, []


def _texts(failed: Iterator[tuple[Key, TemplateError]], known: dict[Key, int]) -> Iterator[Fault]:
    """Yield the faults of the texts that are templates, each on its line of the file."""
    for path, problem in failed:
        inside = re.search(r", line (\d+)$", problem.where)
        line = line_of(path, known) + (int(inside[1]) - 1 if inside and path in known else 0)
        yield Fault(".".join(map(str, path)), line, problem.what)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(
            "there is no such file", where=str(file), do="`digest init` writes one; --config names another."
        ) from None
    except (OSError, ValueError) as problem:  # not UTF-8, or a name with a NUL
        raise ConfigError(f"cannot be read: {problem}", where=str(file)) from None


def _fault(path: Key, what: str, known: dict[Key, int]) -> Fault:
    dotted = ""
    for part in path:
        dotted += f"[{part}]" if isinstance(part, int) else f".{part}" if dotted else part
    return Fault(dotted or "(top)", line_of(path, known), what)


def _plain(error: ErrorDetails) -> str:
    """Return pydantic's finding in words for a person."""
    message = error["msg"]
    match error["type"]:
        case "extra_forbidden":
            moved = MOVED.get(tuple(error["loc"]))
            return f"there is no such setting any more: {moved}" if moved else "there is no such setting"
        case "missing":
            return "is missing"
        case "value_error":
            return message.removeprefix("Value error, ")
    given = error.get("input")
    shown = (
        f" (it is {given!r})" if isinstance(given, str | int | float | bool) and len(str(given)) < 60 else ""
    )
    return message[:1].lower() + message[1:] + shown


def _crossed(raw: Mapping[str, object], installed: Installed) -> Iterator[tuple[Key, str]]:
    """Yield the faults that one table alone cannot show: names that must exist elsewhere."""
    sources = _table(raw, "sources")
    for name, newsletter in _table(raw, "newsletters").items():
        for key in ("sources", "witnesses"):
            listed = newsletter.get(key, ()) if isinstance(newsletter, dict) else ()
            for wanted in listed if isinstance(listed, list) else ():
                if wanted not in sources:
                    there = ", ".join(sorted(sources)) or "none"
                    yield ("newsletters", name, key), f"there is no source {wanted!r} (there are: {there})"
        yield from _unknown(newsletter, ("newsletters", name, "ranking", "weights"), installed.signals)
    for name, source in sources.items():
        yield from _named(source, ("sources", name, "kind"), installed.sources)
    for name, relay in _table(raw, "relays").items():
        yield from _named(relay, ("relays", name, "transport"), installed.transports)
    url = _table(raw, "database").get("url", "sqlite://")
    try:
        backend = make_url(url).get_backend_name() if isinstance(url, str) else "sqlite"
    except (ArgumentError, ValueError):
        backend = "nothing"
    if backend not in {"sqlite", "postgresql"}:
        yield ("database", "url"), "must begin with sqlite:/// or postgresql://"


def _table(raw: object, key: str) -> dict[str, object]:
    found = raw.get(key, {}) if isinstance(raw, dict) else {}
    return found if isinstance(found, dict) else {}


def _named(table: object, path: Key, there: Known) -> Iterator[tuple[Key, str]]:
    wanted = table.get(path[-1]) if isinstance(table, dict) else None
    if isinstance(wanted, str) and wanted not in there.names:
        yield path, f"there is no {wanted!r} ({there})"


def _unknown(table: object, path: Key, there: Known) -> Iterator[tuple[Key, str]]:
    for wanted in _table(_table(table, "ranking"), "weights"):
        if wanted not in (*there.names, *there.gone):
            yield (*path, wanted), f"there is no such signal ({there})"


def _anchored(config: Config, folder: Path) -> Config:
    """Return *config* with its paths made absolute and its secrets read from their files."""
    own, extensions = config.site.templates, config.site.extensions
    site = config.site.model_copy(
        update={
            "data": folder / config.site.data,
            "keys_file": folder / config.site.keys_file,
            "templates": folder / own if own is not None else None,
            "extensions": folder / extensions if extensions is not None else None,
        }
    )
    if not site.keys and site.keys_file.is_file():
        lines = _text(site.keys_file).split()
        site = site.model_copy(update={"keys": tuple(SecretStr(line) for line in lines)})
    relays = {}
    for name, relay in config.relays.items():
        update: dict[str, object] = {"folder": folder / relay.folder}
        for secret in ("password", "client_secret", "refresh_token"):
            file = getattr(relay, f"{secret}_file")
            if file is not None:
                update[secret] = SecretStr(_text(folder / file).strip())
        if relay.ca_file is not None:
            update["ca_file"] = folder / relay.ca_file
        relays[name] = relay.model_copy(update=update)
    newsletters = {name: _with_keys(one, folder) for name, one in config.newsletters.items()}
    readers = config.readers
    if readers.refused_domains_file is not None:
        listed = _text(folder / readers.refused_domains_file).lower().split()
        readers = readers.model_copy(update={"refused_domains": (*readers.refused_domains, *listed)})
    url = make_url(config.database.url)
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        url = url.set(database=str(folder / str(url.database)))
    database = config.database.model_copy(update={"url": url.render_as_string(hide_password=False)})
    parts = {
        "site": site,
        "relays": relays,
        "newsletters": newsletters,
        "readers": readers,
        "database": database,
        "feedback": _feedback(config.feedback, folder),
    }
    return config.model_copy(update=parts)


def _feedback(feedback: Feedback, folder: Path) -> Feedback:
    """Return *feedback* with its secrets read from their files, and its paths made absolute."""
    update: dict[str, object] = {"maildir": feedback.maildir and folder / feedback.maildir}
    for name, table in feedback:
        if isinstance(table, Settings):
            files = {key: file for key, file in table if key.endswith("_file") and isinstance(file, Path)}
            read: dict[str, object] = {
                key.removesuffix("_file"): SecretStr(_text(folder / file).strip())
                for key, file in files.items()
                if key != "ca_file"
            }
            if "ca_file" in files:
                read["ca_file"] = folder / files["ca_file"]
            update[name] = table.model_copy(update=read)
    return feedback.model_copy(update=update)


def _with_keys(newsletter: Newsletter, folder: Path) -> Newsletter:
    """Return *newsletter* with the paths of its signing keys made absolute."""
    own = newsletter.dkim
    files = {"key_file": own.key_file, "ed25519_key_file": own.ed25519_key_file}
    update = {key: folder / file for key, file in files.items() if file is not None}
    return newsletter.model_copy(update={"dkim": own.model_copy(update=update)})


def private_places(config: Config, names: Iterable[str]) -> frozenset[str]:
    """Return the "host:port" that articles and pictures of the sources *names* may have although private."""
    known = (config.sources[name] for name in names if name in config.sources)
    return frozenset(place for source in known for place in source.allow_private)
