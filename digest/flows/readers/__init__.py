"""Readers as the newsroom handles them: added, found, exported, suppressed; and the links in their mails."""
