"""An approved edition with its compiled variant, and keys to sign it with."""

from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from digest.app import App
from digest.messages import compile, dkim
from digest.model import StoredVariant
from digest.store import variants
from digest.store.engine import Database
from tests.flow.newsroom import add_edition, app_for
from tests.messages.test_compile import both

PRIVATE = {"digest-1": generate_private_key(65537, 2048), "digest-2": Ed25519PrivateKey.generate()}
RECORDS = {
    f"{name}._domainkey.news.harbour.example": dkim.record(key.public_key()) for name, key in PRIVATE.items()
}


def app_that_signs(database: Database, folder: Path, *, relays: dict[str, Any], **newsletter: Any) -> App:
    """An App whose newsletter has both kinds of keys."""
    for name, key in PRIVATE.items():
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.pem").write_bytes(pem)
    own = {
        "selector": "digest-1",
        "key_file": folder / "digest-1.pem",
        "ed25519_selector": "digest-2",
        "ed25519_key_file": folder / "digest-2.pem",
    }
    sender = {"address": "morning@news.harbour.example", "bounces": "bounce.news.harbour.example"}
    return app_for(database, relays=relays, **{"dkim": own, "sender": sender, **newsletter})


def ready_edition(database: Database) -> int:
    """Put an approved edition of the sample newsroom into the tables; return its id."""
    rendered, variant, _ = both()
    edition = add_edition(database)
    with database.write() as connection:
        kept = StoredVariant(
            id=0, edition=edition, revision=1, language="en", sha256=variant.sha256, subject=variant.subject,
            preheader="", nonce=rendered.nonce, html=rendered.html, text=rendered.text,
            compiled=compile.packed(variant), size=variant.size,
        )  # fmt: skip
        variants.keep(connection, kept)
    return edition
