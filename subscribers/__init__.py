"""Who may be written to, and how they say stop. Holds the personal data; imports nothing of `digest`.

The door is `subscribers.api`: nobody outside imports another module of this package.
Consent only rises by the reader's own POST; imports and operators add new people or lower it.
"""
