"""A list of nobody's: any headings that read like an address, a name, a time, a status."""

MARKS = (frozenset[str](),)
