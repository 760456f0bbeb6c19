"""Signing: which keys sign a newsletter's mails, and what is left out because a relay rewrites it."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from digest.config.schema import Newsletter, Relay
from digest.errors import ConfigError
from digest.messages import dkim


def signer(
    relays: Mapping[str, Relay], newsletter: Newsletter, *, static: Sequence[bytes] = (), relay: str = ""
) -> dkim.Signer | None:
    """Return what signs mails of *newsletter* that go through *relay*; None where the relay signs itself.

    Without a name it is not known yet through which relay a mail goes (one in the outbox, a preview). Then
    we sign when any relay leaves it to us, and leave out what any relay rewrites: such a signature holds
    behind all of them, and one more beside a relay's own does no harm (RFC 6376, 4.2).
    Raises ConfigError where a key is missing or is none.
    """
    ways = [relays[relay]] if relay else list(relays.values())
    if all(way.dkim == "relay" for way in ways):
        return None
    keys = keys_of(newsletter)
    if not keys:
        raise ConfigError(
            'a relay says dkim = "ours", and there is no key to sign with',
            where=f"the newsletter {newsletter.title!r}",
            do="`digest dkim new` makes one and prints what to set.",
        )
    left = {name for way in ways for name in way.rewrites}
    return dkim.Signer(keys, leave=left, static=static)


def keys_of(newsletter: Newsletter) -> list[dkim.Key]:
    """Return the keys that *newsletter* names, RSA first; raise ConfigError where a file holds none."""
    own, domain = newsletter.dkim, signing_domain(newsletter)
    named = ((own.selector, own.key_file), (own.ed25519_selector, own.ed25519_key_file))
    return [dkim.Key(domain, selector, _key(file)) for selector, file in named if file is not None]


def signing_domain(newsletter: Newsletter) -> str:
    """Return d=: what the newsletter says, or the domain of its From, in A-labels."""
    return newsletter.dkim.domain or newsletter.sender.domain


def _key(file: Path) -> dkim.Private:
    try:
        return _read(str(file), file.stat().st_mtime_ns)
    except OSError as problem:
        words = problem.strerror or str(problem)
        raise ConfigError(f"the signing key cannot be read: {words}", where=str(file)) from None
    except ValueError as problem:
        raise ConfigError(f"is no key that can sign: {problem}", where=str(file)) from None


@lru_cache(maxsize=32)
def _read(file: str, changed: int) -> dkim.Private:
    """Return the key in *file*; checking one takes longer than signing a hundred mails."""
    return dkim.private_key(Path(file).read_bytes())
