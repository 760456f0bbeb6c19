"""Which code is mutated, and which tests answer for it."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Room:
    """Files under test (glob patterns) and the tests that answer for them; *share* is its part of the mutants."""

    name: str
    files: tuple[str, ...]
    tests: tuple[str, ...]
    share: float


ROOMS = (
    Room(
        "delivery",
        ("digest/delivery/*.py", "digest/delivery/transports/*.py", "digest/delivery/transports/smtp/*.py"),
        ("tests/delivery", "tests/flow/test_send.py", "tests/flow/test_feedback.py", "tests/flow/test_auth_reports.py",
         "tests/flow/test_imap.py"),
        0.45,
    ),
    Room(
        "occurrences",
        ("digest/editions/occurrences.py", "digest/editions/reschedule.py"),
        ("tests/editions/test_occurrences.py", "tests/editions/test_reschedule.py"),
        0.1,
    ),
    Room(
        "subscribers",
        ("subscribers/rules.py", "subscribers/store/subscriptions.py", "subscribers/store/signup.py",
         "subscribers/store/limits.py", "subscribers/store/suppressions.py", "subscribers/links.py"),
        ("tests/subscribers/test_rules.py", "tests/subscribers/test_store.py", "tests/subscribers/test_links.py",
         "tests/subscribers/test_pages.py", "tests/subscribers/test_consent_falls.py",
         "tests/subscribers/test_limits.py", "tests/subscribers/test_suppressions.py",
         "tests/subscribers/test_subscriptions.py", "tests/subscribers/test_signup.py", "tests/subscribers/test_falls.py"),
        0.25,
    ),
    Room(
        "guards",
        ("digest/web/accounts/guard.py", "digest/web/accounts/forms.py", "digest/web/accounts/cookies.py",
         "digest/web/edge.py", "digest/web/peers.py", "digest/hosts.py"),
        ("tests/web/test_accounts.py", "tests/web/test_rights.py", "tests/web/test_setup.py",
         "tests/web/test_edge.py", "tests/web/test_guard.py", "tests/web/test_hosts.py"),
        0.2,
    ),
)  # fmt: skip


def files(room: Room) -> list[str]:
    """Return the files of *room*, relative to the root; raise RuntimeError for a pattern that finds none."""
    return [name for name in _found(room, room.files) if not name.endswith("/__init__.py")]


def tests(room: Room) -> list[str]:
    """Return the tests of *room*, relative to the root; raise RuntimeError for a pattern that finds none."""
    return _found(room, room.tests)


def _found(room: Room, patterns: tuple[str, ...]) -> list[str]:
    found = {pattern: sorted(ROOT.glob(pattern)) for pattern in patterns}
    if missing := [pattern for pattern, paths in found.items() if not paths]:
        raise RuntimeError(f"{room.name}: there is no {', '.join(missing)}")
    return [str(path.relative_to(ROOT)) for paths in found.values() for path in paths]
