"""Keys: a new DKIM key into a file of its own, and what to put into the DNS and the configuration for it."""

import os
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.config.schema import Config
from digest.errors import ConfigError
from digest.messages import dkim
from digest.signing import signing_domain


@dataclass(frozen=True, slots=True)
class Made:
    """A new key: its *file*, its DNS record, and the *settings* of `[newsletters.<newsletter>.dkim]`."""

    newsletter: str
    file: Path
    name: str
    record: str
    settings: tuple[str, ...]


def new(config: Config, newsletter: str, *, folder: Path, selector: str, ed25519: bool = False) -> Made:
    """Return a new key for *newsletter*, whose file lies in the site's data and is read by its owner only.

    *folder* is the configuration's: the settings name the file as seen from there.
    Raises ConfigError where there is no such newsletter, or a key of that name lies there already.
    """
    if newsletter not in config.newsletters:
        there = ", ".join(config.newsletters)
        raise ConfigError(f"there is no newsletter {newsletter!r} (there are: {there})")
    domain = signing_domain(config.newsletters[newsletter])
    private = Ed25519PrivateKey.generate() if ed25519 else generate_private_key(65537, dkim.LEAST_BITS)
    file = config.site.data / "dkim" / f"{domain}.{selector}.pem"
    _written(file, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    kind = "ed25519_" if ed25519 else ""
    shown = file.relative_to(folder) if file.is_relative_to(folder) else file
    return Made(
        newsletter=newsletter,
        file=file,
        name=dkim.Key(domain, selector, private).name,
        record=dkim.record(private.public_key()),
        settings=(f'{kind}selector = "{selector}"', f'{kind}key_file = "{shown}"'),
    )


def _written(file: Path, pem: bytes) -> None:
    """Write a file that never exists with other rights than 0600, and never replaces one."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        place = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise ConfigError(
            "there is a key of that name already, and it stays",
            where=str(file),
            do="Give the new one another --selector.",
        ) from None
    with os.fdopen(place, "wb") as out:
        out.write(pem)
