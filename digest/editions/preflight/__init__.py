"""One file a check that an edition must pass before it is approved."""
