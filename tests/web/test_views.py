"""What a page of the desk prints, its view has: also in the branches that no other test shows."""

import dataclasses

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined, UndefinedError, meta, nodes
from starlette.requests import Request

from digest.flows.newsroom.sessions import AuditPage
from digest.messages.templates import shipped
from digest.web.accounts.people import PeopleView
from digest.web.desk import context
from digest.web.desk.day import BarView, DayView
from digest.web.desk.edit import StoryView
from digest.web.desk.front import FrontView
from digest.web.desk.index import Outcome
from digest.web.desk.memory import MemoryView
from digest.web.desk.reputation import ReputationView
from digest.web.desk.watch import AnswersView, ReaderView, ReportView, SendingView
from digest.web.people import ReadersView

TEMPLATES = Environment(loader=FileSystemLoader(shipped() / "web"), trim_blocks=True)
EVERYWHERE = {"user", "token", "htmx", "site", "here", "plural"}
VIEWS: dict[
    str, tuple[tuple[type, ...], set[str]]
] = {  # the views of each page, and what it gets beside them
    "desk/front.html": ((FrontView,), set()),
    "desk/day.html": ((DayView, Outcome), {"days", "view"}),
    "desk/_day.html": ((DayView, Outcome), {"changed_mail"}),
    "desk/_bar.html": ((BarView,), set()),
    "desk/story.html": ((DayView, StoryView), set()),
    "desk/_story.html": ((DayView, StoryView), set()),
    "desk/history.html": ((DayView,), {"history"}),
    "desk/preview.html": ((DayView,), {"view"}),
    "desk/_preview.html": ((DayView,), {"view"}),
    "desk/approve.html": (
        (DayView,),
        {"problem", "checks", "level", "differences", "before", "titles", "mine"},
    ),
    "desk/send.html": ((DayView,), {"problem"}),
    "desk/cancel.html": ((DayView,), set()),
    "desk/correct.html": ((DayView,), {"problem", "can_stop", "words", "wanted"}),
    "desk/_progress.html": ((SendingView,), set()),
    "desk/report.html": ((SendingView, AnswersView, ReportView), set()),
    "desk/reader.html": ((ReaderView,), set()),
    "desk/memory.html": ((MemoryView,), set()),
    "desk/reputation.html": ((ReputationView,), set()),
    "people/readers.html": ((ReadersView,), set()),
    "accounts/people.html": ((PeopleView,), set()),
    "accounts/audit.html": ((AuditPage,), {"by", "act", "edition"}),
}


def asked(name: str) -> set[str]:
    """Return the variables that a template, and those that it includes or extends, asks its page for."""
    wanted, made = set[str](), set[str]()
    left, seen = [name], set[str]()
    while left:
        one = left.pop()
        if one in seen:
            continue
        seen.add(one)
        tree = TEMPLATES.parse(TEMPLATES.loader.get_source(TEMPLATES, one)[0])  # type: ignore[union-attr]
        wanted |= meta.find_undeclared_variables(tree)
        made |= {
            each.target.name for each in tree.find_all(nodes.Assign) if isinstance(each.target, nodes.Name)
        }
        made |= {each.name for each in tree.find_all(nodes.Macro)}
        left += [each for each in meta.find_referenced_templates(tree) if each]
    return wanted - made - set(TEMPLATES.globals)


@pytest.mark.parametrize("template", VIEWS)
def test_a_page_asks_for_nothing_that_its_view_has_not(template: str) -> None:
    views, beside = VIEWS[template]
    there = {field.name for view in views for field in dataclasses.fields(view)}
    assert asked(template) - there - beside - EVERYWHERE == set()
    assert beside - asked(template) == set(), "nobody prints it"


@dataclasses.dataclass(frozen=True)
class View:
    name: str


def page(monkeypatch: pytest.MonkeyPatch, source: str, *views: View) -> bytes:
    templates = Environment(undefined=StrictUndefined)
    request = Request({"type": "http", "path": "/", "headers": [], "query_string": b""})
    monkeypatch.setattr(context.forms, "token", lambda request: "")
    monkeypatch.setattr(context, "app_of", lambda request: type("", (), {"config": Site}))
    monkeypatch.setattr(templates, "get_template", templates.from_string)
    request.scope["app"] = type("", (), {"state": type("", (), {"templates": templates})})
    request.state.user = None
    return bytes(context.page(request, source, *views).body)


class Site:
    """Stands for the configuration."""

    site = View("The Herald")


def test_a_name_that_no_view_has_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    assert page(monkeypatch, "{{ name }}", View("morning")) == b"morning"
    with pytest.raises(UndefinedError, match="title"):
        page(monkeypatch, "{{ title }}", View("morning"))


def test_two_views_with_the_same_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError, match="the same name"):
        page(monkeypatch, "{{ name }}", View("morning"), View("evening"))
