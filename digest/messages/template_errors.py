"""A template's fault, with the template's name and line."""

import re
import traceback
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError
from lxml import etree

from digest.errors import TemplateError
from digest.messages.mjml import MjmlError
from digest.messages.templates import Library


def filled(environment: Environment, name: str, known: Mapping[str, object]) -> str:
    """Return the template *name* filled with *known*; raise TemplateError, which says the name and line."""
    try:
        return environment.get_template(name).render(known)
    except TemplateSyntaxError as fault:
        where = f"{fault.name or name} line {fault.lineno}"
        raise TemplateError(f"the template cannot be read: {fault.message}", where=where) from fault
    except TemplateNotFound as fault:
        do = "Templates are looked for in your own folder (site.templates), then among ours."
        raise TemplateError(f"there is no template {fault.name!r}", where=name, do=do) from fault
    except Exception as fault:  # whatever an expression of a template can raise
        raise TemplateError(f"the template failed: {fault}", where=_frame(fault, name)) from fault


def _frame(fault: Exception, name: str) -> str:
    """Return the innermost template and line in *fault*'s traceback: Jinja puts them there."""
    for frame in reversed(traceback.extract_tb(fault.__traceback__)):
        if not frame.filename.endswith(".py") and "<" not in frame.filename:
            found = _IN_ITS_FOLDER.search(frame.filename)
            return f"{found[1] if found else Path(frame.filename).name} line {frame.lineno}"
    return name


_IN_ITS_FOLDER = re.compile(r"((?:newsletters/[^/]+/)?(?:editions|parts|words)/(?:[^/]+/)?[^/]+)$")


def located(fault: MjmlError, source: str, name: str, templates: Library) -> TemplateError:
    """Return *fault* with its place: the template's own line where it is found, else the filled-in one."""
    what, number = fault.what, fault.line
    if not number:
        what, number = _diagnosed(what, source)
    if not number:
        return TemplateError(what, where=name, do="MJML says no line; take out parts until it goes.")
    wrong = source.splitlines()[number - 1].strip()
    where = _origin(wrong, templates) or f"{name} (line {number} once filled in)"
    return TemplateError(f"{what} in {_short(wrong)!r}", where=where)


def _diagnosed(what: str, source: str) -> tuple[str, int]:
    """Return what an XML parser makes of *source*, and the line; MJML is XML but for its HTML entities."""
    plain = re.sub(r"&[a-zA-Z]+;", " ", source)
    try:
        etree.fromstring(plain.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as fault:
        return f"{what} ({fault.msg.rsplit(', line', 1)[0]})", fault.lineno or 0
    return what, 0


def _origin(wrong: str, templates: Library) -> str:
    """Return the one template line that reads like the *wrong* line; "" when none or several do."""
    found: list[str] = []
    for name in templates.names():
        if not name.endswith(".mjml"):
            continue
        lines = templates.source(name).splitlines()
        found += [
            f"{name} line {number}" for number, text in enumerate(lines, 1) if wrong and text.strip() == wrong
        ]
    return found[0] if len(found) == 1 else ""


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:77]}..."
