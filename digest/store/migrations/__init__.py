"""The tables' history: one file a change, in the order of their numbers, for both databases."""
