"""MailerLite: subscribers; `junk` is a complaint."""

MARKS = (
    frozenset({"subscriber", "status", "subscribed"}),
    frozenset({"email", "subscribed", "optindate"}),
    frozenset({"email", "optinip", "optindate"}),
)
