"""The self-check of the installation: each line is right, or says what to do."""

import subprocess
import sys

import pytest

from embedviz.course import self_check
from embedviz.course.page_check import check_page
from embedviz.datasets.registry import DATASETS
from embedviz.datasets.store.cache import state


def test_an_empty_egg_info_in_the_folder_does_not_hide_what_is_required(tmp_path, monkeypatch):
    (tmp_path / "embedviz.egg-info").mkdir()  # as a build that was given up leaves it
    monkeypatch.syspath_prepend(str(tmp_path))
    line = self_check.packages()
    assert line.right and int(line.found.split()[-1]) > 20


def test_here_nothing_hinders():
    report = self_check.check_installation()
    assert [line for line in report.lines if line.hinders and line.what != "data" and not line.right] == []
    assert len(report.lines) == len(self_check.LOOKS)
    assert report.text.count("\n| ") == len(report.lines) + 1
    there = all(state(entry) == "fetched" for entry in DATASETS.values() if entry.default)
    assert report.right == there


@pytest.mark.parametrize("version, right", [("3.10.9", False), ("3.11.0", True), ("3.13.5", True), ("3.14.0", False)])
def test_python(version, right):
    line = self_check.python(version)
    assert line.right == right and (right or "python3.12 start.py" in line.todo)


def test_packages_that_are_missing_or_too_old_are_named():
    assert self_check.packages(["numpy>=1"]).right
    line = self_check.packages(["numpy<1", "no-such-package>=2", "pandas", "colorama; extra == 'test'"])
    assert "numpy is " in line.found and "no-such-package is missing" in line.found and "pandas" not in line.found
    assert "start.py setup" in line.todo and "colorama" not in line.found


def test_data_that_are_not_there_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(tmp_path))
    line = self_check.data()
    wanted = [name for name, entry in DATASETS.items() if entry.default]
    assert line.todo == f"run `embedviz fetch {' '.join(wanted)}` once, with a network"
    assert all(f"{name} not fetched" in line.found for name in wanted)


def test_widgets_need_what_jupyterlab_draws_them_with(tmp_path):
    assert self_check.widgets().right
    line = self_check.widgets([str(tmp_path)])
    assert "anywidget" in line.found and "jupyterlab-manager" in line.found and "python start.py" in line.todo


def test_progress_that_cannot_be_kept_hinders_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDVIZ_PROGRESS", str(tmp_path / "new" / "progress.sqlite"))
    assert self_check.progress().right and not (tmp_path / "new").exists()
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(self_check.os, "access", lambda place, mode: False)
    line = self_check.progress()
    assert not line.right and not line.hinders and "EMBEDVIZ_PROGRESS" in line.todo


def test_few_processors_and_little_memory_are_said():
    assert self_check.processors(2).right and not self_check.processors(1).right
    assert self_check.memory(8e9).right and "close other programs" in self_check.memory(5e8).todo
    assert not self_check.processors(1).hinders and not self_check.memory(5e8).hinders


def test_what_cannot_be_looked_at_is_a_line(monkeypatch):
    def broken():
        raise OSError("no such device")

    monkeypatch.setattr(self_check, "LOOKS", (self_check.python, broken))
    report = self_check.check_installation()
    assert (
        not report.right and report.lines[1].found == "OSError: no such device" and "start.py" in report.lines[1].todo
    )
    assert "Something is missing" in report._repr_markdown_()


def test_it_runs_by_itself():
    done = subprocess.run([sys.executable, "-m", "embedviz.course.self_check"], capture_output=True, text=True)
    assert "| Python |" in done.stdout and done.returncode in (0, 1)


def test_where_the_page_draws_nothing_it_says_so():
    check = check_page()
    assert "start.py" in check.describe() and check.static()[0]["text/plain"] == check.describe()
    check.close()
