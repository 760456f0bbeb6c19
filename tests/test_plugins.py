"""Extensions are loaded whole, whichever thread asks first."""

import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

import pytest

from digest import plugins
from digest.errors import PluginError


def test_a_thread_never_gets_a_module_that_another_is_still_importing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slow_package").mkdir()
    (tmp_path / "slow_package" / "__init__.py").write_text("")
    (tmp_path / "slow_package" / "one.py").write_text(
        "from threading import Event\nEvent().wait(0.3)  # a slow disk\nTHERE = True\n"
    )
    (tmp_path / "slow_package" / "_private.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    package = import_module("slow_package")
    with ThreadPoolExecutor(8) as pool:
        loads = [pool.submit(lambda: plugins.load(package, "one").THERE) for _ in range(8)]
        assert [each.result(10) for each in loads] == [True] * 8
    assert plugins.load(package, "one") is sys.modules["slow_package.one"]
    with pytest.raises(PluginError):
        plugins.load(package, "_private")
