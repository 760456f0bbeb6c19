"""Articles in, ranked stories with their reasons out. Pure."""
