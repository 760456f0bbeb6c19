"""Fuzzing of everything that reads strangers' bytes: targets, seeds, drivers, and the findings kept as tests."""
