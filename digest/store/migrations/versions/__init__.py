"""The changes. `alembic` compares nothing at run time: each file says what it does."""
