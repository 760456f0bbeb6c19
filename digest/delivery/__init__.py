"""From a message to an outcome: pure rules (blame, settle, pace), the ledger thread, and one file a transport.

In: claimed rows of the ledger and ready messages. Out: an Outcome for each, settled in the ledger. A new
transport is one file in `transports/`; what it must promise stands in `transports/__init__.py`. The states
and the argument why nobody gets two copies are in `docs/delivery.md`.
"""
