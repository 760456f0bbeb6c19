"""SQL, one file a noun; every function takes a connection and runs on SQLite and PostgreSQL."""
