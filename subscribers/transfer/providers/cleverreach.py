"""CleverReach: receivers with the times at which they were registered, activated and deactivated; 0 is never."""

MARKS = (
    frozenset({"email", "activated", "deactivated"}),
    frozenset({"email", "registered", "deactivated"}),
    frozenset({"email", "activated", "registered"}),
)
