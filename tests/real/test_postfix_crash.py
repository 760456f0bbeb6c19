"""A sender killed again and again before a real Postfix: what counts is what lies in the maildir."""

import pytest

from digest.store.engine import Database
from tests.bench.soak import right, soaked, through_postfix

pytestmark = pytest.mark.real


def test_killed_before_a_real_relay_everybody_has_one_mail_or_is_named(sqlite: Database) -> None:
    found = soaked(sqlite, readers=300, kills=3, senders=1, seed=3, into=through_postfix)
    assert found["kills"] >= 1
    assert right(found), found
