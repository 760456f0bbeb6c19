"""The newsroom's daily digest: articles in, stories ranked, one mail out to every reader."""

__version__ = "0.1.0"
