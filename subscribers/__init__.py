"""Who may be written to, and how they say stop. Holds the personal data; imports nothing of `digest`."""
