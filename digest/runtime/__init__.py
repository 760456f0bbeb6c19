"""The process itself: how the interpreter is tuned, and what the system lets it have."""
