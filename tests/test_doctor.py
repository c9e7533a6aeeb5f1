"""`embedviz doctor`: what an issue should hold; it speaks where packages are missing too, and prints no password."""

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from embedviz.course import doctor, self_check

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def no_hashing(monkeypatch):
    """The data are read by the tests of the self-check."""
    monkeypatch.setattr(self_check, "LOOKS", (self_check.python, self_check.packages, self_check.memory))


def test_it_says_what_is_here(capsys):
    status = doctor.main(["--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["versions"]["torch"] == metadata.version("torch") and "Python" in found["versions"]
    assert str(ROOT) in found["versions"]["embedviz"]
    assert found["places"]["progress"].startswith(os.environ["EMBEDVIZ_PROGRESS"])
    assert "127.0.0.1 can be listened on" in found["machine"]["ports"]
    assert [line["what"] for line in found["checks"]] == ["Python", "packages", "free memory"]
    assert status == 0 and found["right"]


def test_what_hinders_has_a_mark_something_to_do_and_a_status(capsys, monkeypatch):
    wrong = self_check.Line("widgets", "none", "set it up again")
    slower = self_check.Line("processors", "1", "close what else computes", hinders=False)
    monkeypatch.setattr(self_check, "LOOKS", (lambda: wrong, lambda: slower))
    assert doctor.main([]) == 1
    said = capsys.readouterr().out
    assert "- ✗ widgets: none\n  what to do: set it up again\n- ! processors: 1\n" in said
    assert said.endswith("Something is missing: see what to do, above.\n")
    monkeypatch.setattr(self_check, "LOOKS", (lambda: slower,))
    assert doctor.main([]) == 0


def test_no_password_is_printed(capsys, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://somebody:pass-phrase@example.org/simple")
    monkeypatch.setenv("PIP_PROXY", "http://somebody:pass-phrase@example.org:3128")

    def broken():
        raise OSError("https://somebody:pass-phrase@example.org/simple does not answer")

    monkeypatch.setattr(doctor, "_processors", broken)
    doctor.main([])
    said = capsys.readouterr().out
    assert "pass-phrase" not in said and "https://***@example.org/simple" in said
    assert "processors: cannot be told: OSError: https://***@example.org/simple does not answer" in said


def test_a_folder_of_the_cache_that_is_only_read_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(tmp_path / "cache"))
    assert doctor._cache() == f"{tmp_path / 'cache'}, not there yet"
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "file").write_bytes(bytes(2_000_000))
    assert doctor._cache() == f"{tmp_path / 'cache'}, 2 MB, can be written"
    monkeypatch.setattr(doctor.os, "access", lambda place, mode: False)
    assert doctor._cache().endswith("is only read")


def test_it_speaks_where_packages_are_missing():
    # As in a Python into which nothing was installed; lazy_loader alone is needed to find the module.
    code = """
import sys
class Missing:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in ("pandas", "torch", "psutil"):
            raise ModuleNotFoundError(f"No module named {name!r}")
sys.meta_path.insert(0, Missing)
from embedviz.__main__ import main
sys.exit(main(["doctor"]))
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert run.returncode == 1 and run.stderr == ""
    assert "- ✗ packages: ModuleNotFoundError: No module named" in run.stdout
    assert "what to do: run `python start.py setup`" in run.stdout
    assert "torch: cannot be told: ModuleNotFoundError" in run.stdout and "- ports: 127.0.0.1" in run.stdout
