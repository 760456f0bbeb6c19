"""Ranked stories in, an edition out; and which edition is due. Pure."""
