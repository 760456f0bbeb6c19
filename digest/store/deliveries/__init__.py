"""The ledger's rows: planned, claimed, marked, settled, and taken back. `docs/delivery.md` says why."""
