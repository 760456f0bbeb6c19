"""Signals: what may put a story higher. One file each; the file name is the signal's name in the config.

A signal defines

    DEFAULT_WEIGHT: float                                      # 0.0 for one that a newsroom has to ask for
    def score(story: Story, context: Context) -> tuple[float, str]

and returns a value from 0 to 1 and the reason in words, "" only where the value is 0: every part of a score
is printed with its reason. It is pure: the
same story and context give the same answer. `newsletters.<name>.ranking.weights` overrides the weight, and
0 switches the signal off.
"""
