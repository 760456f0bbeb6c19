"""A sender in a process of its own, to be killed. It is forked from a clean one that has everything imported."""

import asyncio
from datetime import timedelta

import uvloop

from digest.cli.send import until_signalled
from digest.delivery.settle import Policy
from digest.flows.sending.send import send
from digest.store.engine import Database
from tests.flow.newsroom import app_for, compose


def run(url: str, port: int, edition: int, lease: float) -> None:
    """Send the edition through the relay at *port*."""
    table = {"host": "127.0.0.1", "port": port, "security": "none", "connections": 3, "timeout": "2s"}
    app = app_for(Database(url), relays={"main": table})
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # as the command line does
        policy = Policy(lease=timedelta(seconds=lease))
        runner.run(
            until_signalled(lambda stop: send(app, edition, compose=compose, stop=stop, policy=policy))
        )
