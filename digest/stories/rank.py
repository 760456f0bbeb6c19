"""Which stories matter most now: a weighted sum of signals, each with its reason in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from digest import plugins
from digest.errors import PluginError
from digest.model import Ranked, Reason, Story
from digest.stories import signals, tokens
from digest.stories.context import Context, listings

__all__ = ["Context", "ranked", "weights_of"]

Signal = Callable[[Story, Context], tuple[float, str]]


def weights_of(chosen: Mapping[str, float]) -> dict[str, float]:
    """Return each signal's weight: the newsroom's choice over the signal's default, without those of 0.

    An extension that cannot be loaded is left out. Raises PluginError for a signal that is not there.
    """
    there = plugins.names(signals)
    unknown = sorted(set(chosen) - set(there))
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
    """Return *stories* with score and reasons, the best first; ties go to the newer, then to the lower id.

    *weights* are the newsletter's own unless given; signals that are not named keep their default.
    """
    weighed = weights_of(context.newsletter.ranking.weights if weights is None else weights)
    modules = {name: plugins.load(signals, name) for name in weighed}
    parts = [
        (name, weight, _scorer(name, modules[name]), _about(modules[name]))
        for name, weight in weighed.items()
    ]
    loudest = max((story.echo for story in stories), default=0.0)
    context = replace(context, listings=listings(stories), loudest=loudest)
    return sorted((_judged(story, context, parts) for story in stories), key=_order)


def _judged(story: Story, context: Context, parts: Sequence[tuple[str, float, Signal, str]]) -> Ranked:
    reasons = []
    for name, weight, score, about in parts:
        value, text = score(story, context)
        value = min(1.0, max(0.0, value))
        reasons.append(Reason(name, value, weight, text or (about if value else "")))
    reasons.sort(key=lambda reason: (-abs(reason.points), reason.signal))
    topics = frozenset(tokens.words(story.lead.title))
    return Ranked(story, sum(reason.points for reason in reasons), tuple(reasons), topics)


def _scorer(name: str, module: Any) -> Signal:
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


def _order(each: Ranked) -> tuple[float, float, int]:
    lead = each.story.lead
    return (-round(each.score, 9), -lead.published.timestamp(), lead.id)
