"""Subject and preheader: one line each, from the newsroom's own Jinja templates, in a sandbox.

A title is data: braces in it stay braces. What comes out is one line without control characters or
direction overrides, whatever the titles held.
"""

import unicodedata
from collections.abc import Mapping
from datetime import date

from jinja2 import StrictUndefined
from jinja2 import TemplateError as JinjaError
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from digest.config.schema import Newsletter
from digest.errors import TemplateError
from digest.model import Placed

SUBJECT = 150  # characters; inboxes show 40 to 70
PREHEADER = 110
LONGEST = 10_000  # characters a template may make before it is cut to size


class _Sandbox(ImmutableSandboxedEnvironment):
    """A sandbox that also keeps a template from making work without end."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise SecurityError(f"{operator} is for numbers only" if operator == "*" else "** is not allowed")
        return super().call_binop(context, operator, left, right)


def _few(*bounds: int) -> range:
    wanted = range(*bounds)
    if len(wanted) > 100:
        raise SecurityError("range() may have 100 numbers at most")
    return wanted


_SANDBOX = _Sandbox(undefined=StrictUndefined, autoescape=False)
_SANDBOX.globals = {"range": _few}


def subject(newsletter: Newsletter, stories: list[Placed], day: date) -> str:
    """Return the subject line; the newsletter's title where the template makes nothing."""
    made = _made(
        f"newsletters.{newsletter.name}.subject", newsletter.subject, _names(newsletter, stories, day)
    )
    return cut(made, SUBJECT) or newsletter.title


def preheader(newsletter: Newsletter, stories: list[Placed], day: date) -> str:
    """Return the line an inbox shows behind the subject, 110 characters at most; else the lead's dek."""
    made = _made(
        f"newsletters.{newsletter.name}.preheader", newsletter.preheader, _names(newsletter, stories, day)
    )
    return cut(made or one_line(stories[0].dek), PREHEADER)


def _names(newsletter: Newsletter, stories: list[Placed], day: date) -> dict[str, object]:
    lead, *others = stories
    about = {"title": newsletter.title, "tagline": newsletter.tagline, "language": newsletter.language}
    return {"lead": lead, "others": others, "newsletter": about, "date": day}


def _made(where: str, template: str, names: Mapping[str, object]) -> str:
    try:
        made: list[str] = []
        size = 0
        for part in _SANDBOX.from_string(template).stream(**names):
            made.append(part)
            size += len(part)
            if size > LONGEST:
                break
    except JinjaError as problem:
        raise _fault(where, str(problem), problem) from problem
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as problem:
        raise _fault(where, f"{type(problem).__name__}: {problem}", problem) from problem
    return one_line("".join(made))


def _fault(where: str, what: str, problem: BaseException) -> TemplateError:
    line = getattr(problem, "lineno", None) or _line(problem)
    return TemplateError(what, where=f"{where}, line {line}", do="Mend it in the configuration.")


def _line(problem: BaseException) -> int:
    """Return the line of the template in which *problem* arose: Jinja puts it into the traceback."""
    line, trace = 1, problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def one_line(text: str) -> str:
    """Return *text* on one line: no control characters, no direction overrides or isolates, single blanks."""
    kept = "".join(" " if unicodedata.category(mark) in ("Cc", "Zl", "Zp") else mark for mark in text)
    overrides = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF])
    return " ".join(kept.translate(overrides).split())


def cut(text: str, most: int) -> str:
    """Return *text* in at most *most* characters, cut between two words, with an ellipsis if it was cut."""
    if len(text) <= most:
        return text
    head = text[: most - 1]
    if not text[most - 1].isspace() and " " in head[most // 2 :]:
        head = head[: head.rindex(" ")]
    return head.rstrip(" ·,;:–—-|") + "…"
