"""Mutation tests: small faults are put into the code one at a time, and a test has to notice each."""
