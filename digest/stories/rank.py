"""Which stories matter most now: a weighted sum of signals, each with its reason in words.

Points are natural logarithms of how much others report: 0.7 is twice as much. One rule stands beside the sum: what
one outlet alone explains, or draws together out of several stories, comes after the news that three outlets or more
tell.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from digest import plugins
from digest.errors import PluginError
from digest.extensions import Plugin
from digest.model import Ranked, Reason, Role, Story
from digest.stories import headline, signals, tokens
from digest.stories.burst import Rise, rises
from digest.stories.context import Context, listings

__all__ = ["Context", "ranked", "weights_of"]

EXPLAINER = "explainer"
TOLD = 3  # outlets that tell a story as news: no explainer of one outlet alone stands above it
HAIR = 0.01  # what an explainer then scores below it
GONE: Mapping[str, str] = {  # signals that were given up, and what hears it now
    "breaking": "echo hears what several outlets begin to tell",
    "coverage": "echo counts each outlet that writes on the subject",
    "growth": "echo counts what is new in full and halves it in twelve hours",
}

Signal = Callable[[Story, Context], tuple[float, str]]


@dataclass(frozen=True, slots=True)
class _Part:
    """A signal at work: its weight, its function, what it looks at, and the bounds of its values."""

    name: str
    weight: float
    score: Signal
    about: str
    least: float
    most: float

    @classmethod
    def of(cls, name: str, weight: float) -> "_Part":
        module = plugins.load(signals, name)
        least, most = bounds(module)
        return cls(name, weight, _scorer(name, module), _about(module), least, most)


def bounds(signal: object) -> tuple[float, float]:
    """Return the least and the greatest value that *signal* may give: 0 and 1 where it does not say."""
    return float(getattr(signal, "LEAST", 0.0)), float(getattr(signal, "MOST", 1.0))


def weights_of(chosen: Mapping[str, float]) -> dict[str, float]:
    """Return each signal's weight: the newsroom's choice over the signal's default, without those of 0.

    An extension that cannot be loaded is left out, and so is a signal that was given up (GONE). Raises PluginError for
    one that was never there.
    """
    there = plugins.names(signals)
    unknown = sorted(set(chosen) - set(there) - set(GONE))
    if unknown:
        raise PluginError(
            f"there is no signal {', '.join(map(repr, unknown))}",
            where="ranking.weights",
            do=f"There are: {', '.join(there)}.",
        )
    usable = plugins.usable(signals)
    weights = {name: float(chosen.get(name, signal.DEFAULT_WEIGHT)) for name, signal in usable}
    return {name: weight for name, weight in weights.items() if weight}


def ranked(
    stories: Sequence[Story], context: Context, weights: Mapping[str, float] | None = None
) -> list[Ranked]:
    """Return *stories* with score and reasons, the best first; ties go to the newer, then by headline and id.

    *weights* are the newsletter's own unless given; signals that are not named keep their default.
    """
    weighed = weights_of(context.newsletter.ranking.weights if weights is None else weights)
    parts = [_Part.of(name, weight) for name, weight in weighed.items()]
    context = replace(context, listings=listings(stories), rises=_rises(stories, context))
    judged = [_judged(story, context, parts) for story in stories]
    return sorted(_explainers_last(judged), key=_order)


def _rises(stories: Sequence[Story], context: Context) -> Mapping[int, Rise]:
    """Return what rises in the own feed; nothing where another outlet is heard, whose echo says more."""
    own = {one.id: one for story in stories for one in story.articles if one.role is Role.OWN}
    heard = any(story.echo > 0.0 for story in stories)
    return {} if heard else rises(list(own.values()), context.earlier)


def _judged(story: Story, context: Context, parts: Sequence[_Part]) -> Ranked:
    reasons = []
    for part in parts:
        value, text = part.score(story, context)
        value = min(part.most, max(part.least, value))
        reasons.append(Reason(part.name, value, part.weight, text or (part.about if value else "")))
    topics = frozenset(tokens.words(story.lead.title))
    return _summed(Ranked(story, 0.0, tuple(reasons), topics))


def _summed(each: Ranked) -> Ranked:
    """Return *each* with the sum of its reasons as its score, the weightiest reason first."""
    reasons = sorted(each.reasons, key=lambda reason: (-abs(reason.points), reason.signal))
    return replace(each, score=sum(reason.points for reason in reasons), reasons=tuple(reasons))


def _explainers_last(judged: Sequence[Ranked]) -> list[Ranked]:
    """Return *judged*; what one outlet alone explains or draws together loses what it stands above told news by."""
    told = [
        each.score
        for each in judged
        if each.story.lead.role is Role.OWN
        and len(each.story.outlets) >= TOLD
        and not headline.asks(each.story.lead)
    ]
    if not told:
        return list(judged)
    most = min(told) - HAIR
    return [_below(each, most) if _explains(each) and each.score > most else each for each in judged]


def _explains(each: Ranked) -> bool:
    story = each.story
    return len(story.outlets) == 1 and (bool(story.across) or headline.asks(story.lead))


def _below(each: Ranked, most: float) -> Ranked:
    does = "explains"
    if each.story.across:
        does = "runs across " + " and ".join(f"“{title}”" for title in each.story.across[:2])
    text = f"{does}, and no other outlet tells it: after the news that {TOLD} outlets tell"
    return _summed(replace(each, reasons=(*each.reasons, Reason(EXPLAINER, 1.0, most - each.score, text))))


def _scorer(name: str, module: Plugin) -> Signal:
    """Return the signal's function; an extension's fault costs its own points and is said, never the edition."""
    if not plugins.extends(signals, name):
        score: Signal = module.score
        return score

    def guarded(story: Story, context: Context) -> tuple[float, str]:
        try:
            value, text = module.score(story, context)
            return float(value), " ".join(str(text).split())
        except Exception as fault:
            return 0.0, f"failed: {type(fault).__name__}: {' '.join(str(fault).split())}"

    return guarded


def _about(signal: object) -> str:
    """Return what *signal* looks at, in the words of its docstring: for one that gives a value and no reason."""
    return (signal.__doc__ or "").partition("\n")[0].partition(": ")[2].rstrip(".")


def _order(each: Ranked) -> tuple[float, float, str, int]:
    lead = each.story.lead
    return (-round(each.score, 9), -lead.published.timestamp(), lead.title, lead.id)
