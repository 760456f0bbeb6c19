"""Signals: what may put a story higher. One file each; the file name is the signal's name in the config.

A signal defines

    DEFAULT_WEIGHT: float                                      # 0.0 for one that a newsroom has to ask for
    LEAST, MOST: float                                         # the bounds of its values, 0.0 and 1.0 unless given
    def score(story: Story, context: Context) -> tuple[float, str]

and returns a value within the bounds and the reason in words, "" only where the value is 0: every part of a score
is printed with its reason. It is pure: the
same story and context give the same answer. `newsletters.<name>.ranking.weights` overrides the weight, and
0 switches the signal off. Points are natural logarithms of how much others report: 0.7 is twice as much.
"""
