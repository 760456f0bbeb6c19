"""listmonk: subscribers with a JSON cell of attributes; `enabled`, `disabled` or `blocklisted`."""

MARKS = (
    frozenset({"email", "name", "attributes"}),
    frozenset({"uuid", "email", "name", "status"}),
)
