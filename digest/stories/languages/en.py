"""English: words that ask, explain or comment, and words that are no news."""

OPENS = frozenset(
    {
        "how",
        "why",
        "what",
        "who",
        "whom",
        "whose",
        "where",
        "when",
        "which",
        "should",
        "is",
        "are",
        "can",
        "could",
        "will",
        "would",
        "do",
        "does",
        "did",
        "was",
        "were",
        "has",
        "have",
    }
)
HOLDS = frozenset(
    {
        "watch",
        "video",
        "in pictures",
        "in photos",
        "listen",
        "quiz",
        "podcast",
        "explained",
        "explainer",
        "live updates",
        "everything you need to know",
        "what to know",
        "what we know",
        "key events",
        "at a glance",
        "in brief",
        "roundup",
        "round-up",
    }
)
OPINION = frozenset(
    {
        "opinion",
        "opinions",
        "comment",
        "commentisfree",
        "commentary",
        "editorial",
        "editorials",
        "columnist",
        "columnists",
        "op-ed",
        "oped",
        "letters",
        "appreciation",
        "viewpoint",
        "perspective",
    }
)
PLAIN = """
    one three four five six seven eight nine ten eleven twelve hundred dozen half double twice third
    fourth fifth today yesterday tomorrow tonight morning afternoon evening weekend daily weekly
    monthly annual ago early late last next week big many much
"""
