"""Passwords are looked at by the real argon2id, made light: the tests sign in some hundred times."""

import pytest
from argon2 import PasswordHasher

from digest.flows.newsroom import users


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    users._nobody.cache_clear()
