import os
import re
import signal
from pathlib import Path

import pytest

from digest.errors import TemplateError
from digest.messages.mjml import Converter, MjmlError
from digest.runtime.confined import FIRST_TO_GO, MORE

PAGE = "<mjml><mj-body><mj-section><mj-column>\n<mj-text>%s</mj-text>\n</mj-column></mj-section></mj-body></mjml>"


@pytest.fixture(scope="module")
def converter():
    made = Converter()
    yield made
    made.close()


def test_mjml_becomes_html(converter: Converter) -> None:
    assert "שלום" in converter.html(PAGE % "שלום")


def test_a_template_that_overflows_the_stack_is_a_fault_and_the_next_one_works(converter: Converter) -> None:
    deep = PAGE % ("<b>" * 50_000 + "x" + "</b>" * 50_000)
    with pytest.raises(TemplateError, match="crashed"):
        converter.html(deep)
    assert "fine" in converter.html(PAGE % "fine")


def test_a_child_that_was_killed_between_two_editions_is_started_again(converter: Converter) -> None:
    converter.html(PAGE % "one")
    assert converter._child is not None
    os.kill(converter._child.pid, signal.SIGKILL)
    os.waitid(os.P_PID, converter._child.pid, os.WEXITED | os.WNOWAIT)  # it is gone, and not yet cleared away
    assert "two" in converter.html(PAGE % "two")


def test_the_child_is_kept(converter: Converter) -> None:
    converter.html(PAGE % "one")
    first = converter._child
    converter.html(PAGE % "two")
    assert converter._child is first


@pytest.mark.skipif(not Path("/proc/self/limits").exists(), reason="this system has no /proc/PID/limits")
def test_the_child_has_a_bound_on_its_memory_and_is_the_first_to_go(converter: Converter) -> None:
    converter.html(PAGE % "one")
    assert converter._child is not None
    process = Path("/proc") / str(converter._child.pid)
    (space,) = re.findall(r"^Max address space +(\d+)", (process / "limits").read_text(), re.MULTILINE)
    assert MORE < int(space) < MORE + (1 << 30), "what Python and mjml take, and the bound above it"
    assert (process / "oom_score_adj").read_text() == f"{FIRST_TO_GO}\n"


@pytest.mark.timed
def test_a_child_that_hangs_is_stopped_at_the_limit() -> None:
    hung = Converter(limit=0.3)
    hung.html(PAGE % "warm")
    assert hung._child is not None
    os.kill(hung._child.pid, signal.SIGSTOP)
    with pytest.raises(TemplateError, match=r"not done after 0.3 s"):
        hung.html(PAGE % "never")
    hung.close()


def test_a_fault_has_the_line_although_mjml_counts_bytes(converter: Converter) -> None:
    broken = "<mjml><mj-body>\n<!-- עברית עברית -->\n<mj-text>x</mj-text></mj-body></mjml>"
    with pytest.raises(MjmlError) as fault:
        converter.html("<mjml>\n<!-- עברית -->\n<mj-html-attributes></mj-html-attributes>\n</mjml>")
    assert fault.value.line == 3
    assert "<mj-text>" not in converter.html(broken)


def test_an_element_that_mjml_does_not_know_is_no_silent_tag(converter: Converter) -> None:
    with pytest.raises(MjmlError, match="<mj-foo>") as fault:
        converter.html(
            "<mjml><mj-body><mj-section><mj-column>\n\n<mj-foo>x</mj-foo></mj-column></mj-section></mj-body></mjml>"
        )
    assert fault.value.line == 3
