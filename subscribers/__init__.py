"""Who may be written to, and how they say stop. Holds the personal data; imports nothing of `digest`.

The door: `audience` and `may_send` are SQL to build on, `suppress` marks an address as dead or unwilling,
`subscribers.links.Links` signs the links of a mail, `subscribers.pages.routes` serves what is behind them.
Consent only rises by the reader's own POST; imports and operators bring in new people or lower it.
"""

from subscribers.store.audience import audience, may_send
from subscribers.store.suppressions import suppress

__all__ = ["audience", "may_send", "suppress"]
