"""A sender in a process of its own, to be killed: python -m tests.flow.child DATABASE PORT EDITION [LEASE]."""

import asyncio
import sys
from datetime import timedelta

from digest.delivery.settle import Policy
from digest.flows.send import send
from digest.store.engine import Database
from tests.flow.newsroom import app_for, compose

if __name__ == "__main__":
    url, port, edition = sys.argv[1:4]
    lease = float(sys.argv[4]) if len(sys.argv) > 4 else 60.0
    table = {"host": "127.0.0.1", "port": int(port), "security": "none", "connections": 3, "timeout": "2s"}
    app = app_for(Database(url), relays={"main": table})
    asyncio.run(send(app, int(edition), compose=compose, policy=Policy(lease=timedelta(seconds=lease))))
