"""Memory: a house's record comes in, is learnt from once a week, and says something of today's articles.

The record is independent of what we built: counts of the newsroom's own site. An edition that nobody touched teaches
nothing, or the memory would confirm its own errors.
"""
