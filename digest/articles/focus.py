"""Where a picture is cut to a shape: the part that holds most of its detail and its skin, the upper third without any.

On a copy of 96 pixels, without numpy: this runs in a worker process whose memory is bounded.
"""

from itertools import accumulate

from PIL import Image, ImageOps

UPPER = 0.35  # of what is cut off a tall picture, this part goes from the top: faces are up there
_SIDE = 96
_CLEAR = 1.12  # so many times the detail of the usual place, before another one is taken
_GRAIN = 0.04  # clouds and noise, of 1
_SKIN = 0.12


def centering(picture: Image.Image, ratio: float) -> tuple[float, float]:
    """Return how much of what is cut off goes from the left and from the top, in shares of it (0 to 1).

    *ratio* is width by height of the shape; *picture* is in RGB. Wide pictures are cut at the sides, tall ones above
    and below. The usual place is the middle and the upper third; it is left where another one shows clearly more.
    """
    width, height = picture.size
    across = width / height > ratio
    kept = ratio * height / width if across else width / ratio / height
    if kept > 0.97:
        return 0.5, UPPER
    rows = _weights(picture)
    line = [sum(column) for column in zip(*rows, strict=True)] if across else [sum(row) for row in rows]
    many = max(1, round(kept * len(line)))
    until = [0.0, *accumulate(line)]
    sums = [until[at + many] - until[at] for at in range(len(line) - many + 1)]
    usual = round((0.5 if across else UPPER) * (len(sums) - 1))
    best = _middle_of_best(sums)
    if len(sums) < 2 or sums[best] <= _CLEAR * sums[usual]:
        return 0.5, UPPER
    top = _top(rows) if not across else 0
    if not across and (best > usual or top):
        best = max(usual if best > usual else 0, min(best, top - max(1, many // 10)))
    share = best / (len(sums) - 1)
    return (share, UPPER) if across else (0.5, share)


def _middle_of_best(sums: list[float]) -> int:
    """Return the middle of the places that are as good as the best one: what they hold then stands in the middle."""
    most = max(sums)
    good = [at for at, found in enumerate(sums) if found >= 0.98 * most]
    first = sums.index(most)
    near = [at for at in good if abs(at - first) <= len(good)]
    return near[len(near) // 2]


def _top(rows: list[list[float]]) -> int:
    """Return the row in which something begins to be seen: no crop starts below it, for heads are at its top."""
    strong = [sum(sorted(row)[-max(3, len(row) // 16) :]) for row in rows]
    enough = 0.3 * sorted(strong)[len(strong) * 9 // 10]
    return next((at for at, found in enumerate(strong) if found > enough), len(strong))


def _weights(picture: Image.Image) -> list[list[float]]:
    """Return how much there is to see at each place: edges, and the colours of skin, in rows."""
    small = ImageOps.contain(picture, (_SIDE, _SIDE), Image.Resampling.BOX)
    width, height = small.size
    flat = small.tobytes()
    seen = [(flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3)]
    grey = [(0.3 * red + 0.59 * green + 0.11 * blue) / 255 for red, green, blue in seen]
    rows = []
    for top in range(0, width * height, width):
        row = []
        for at in range(top, top + width):
            beside = abs(grey[at] - grey[at - 1]) if at > top else 0.0
            above = abs(grey[at] - grey[at - width]) if top else 0.0
            row.append(max(beside + above - _GRAIN, 0.0) + (_SKIN if _skin(*seen[at], grey[at]) else 0.0))
        rows.append(row)
    return rows


def _skin(red: int, green: int, blue: int, grey: float) -> bool:
    """Return whether a colour may be that of skin, of any tone: these differ in brightness, hardly in hue."""
    total = red + green + blue + 1
    return (
        0.36 < red / total < 0.50
        and 0.27 < green / total < 0.36
        and blue / total > 0.15
        and 0.12 < grey < 0.93
    )
