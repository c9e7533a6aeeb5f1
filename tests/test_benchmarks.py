"""`embedviz bench`: what scripts record becomes one table, whatever becomes of the scripts."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

import results  # noqa: E402
import run  # noqa: E402

RECORDS = """
import sys
sys.path.insert(0, {place!r})
from results import record
record("a fast thing", 0.5, "s", "their thing", 2, "≤ 0.3")
record("a large thing", 12345.6, "kB", goal="≤ 400")
"""


@pytest.fixture
def benches(tmp_path):
    """A folder with three benchmarks: one that runs, one that fails after a record, one that records nothing."""
    text = RECORDS.format(place=str(BENCHMARKS))
    (tmp_path / "bench_good.py").write_text(text + "print('its story')", encoding="utf-8")
    (tmp_path / "bench_broken.py").write_text(text + "raise SystemExit('no such library: x')", encoding="utf-8")
    (tmp_path / "bench_silent.py").write_text("", encoding="utf-8")
    return tmp_path


def table(printed: str) -> list[list[str]]:
    lines = [line for line in printed.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_one_table_of_all_with_ratios_goals_and_failures(benches, capsys):
    kept = benches / "build/kept.json"
    assert run.main([], benches, kept) == 1
    printed = capsys.readouterr()
    assert "its story" in printed.err
    head, *rows = table(printed.out)
    assert head == ["benchmark", "figure", "ours", "peer", "ratio", "goal"]
    own = [["a fast thing", "0.5 s", "their thing 2", "0.25", "≤ 0.3: reached"]]
    own.append(["a large thing", "12,346 kB", "", "", "≤ 400: missed"])
    assert rows == [[name, *row] for name in ("broken", "good") for row in own]
    assert "broken has failed: no such library: x (exit status 1)" in printed.out
    assert "- torch: 2.13.0" in printed.out and "- processors: " in printed.out
    content = json.loads(kept.read_text(encoding="utf-8"))
    assert list(content["failures"]) == ["broken"] and content["records"]["silent"] == []
    assert content["records"]["good"][0] == {
        "what": "a fast thing",
        "value": 0.5,
        "unit": "s",
        "peer": "their thing",
        "of_peer": 2.0,
        "goal": "≤ 0.3",
    }


def test_those_that_are_named(benches, capsys):
    assert run.main(["good"], benches, benches / "kept.json") == 0
    assert {row[0] for row in table(capsys.readouterr().out)[1:]} == {"good"}
    assert run.main(["fast"], benches, benches / "kept.json") == 2
    assert "no benchmark 'fast': there are broken, good, silent" in capsys.readouterr().err


@pytest.mark.parametrize(
    "settings, says",
    [
        ({"peer": "theirs"}, "peer='theirs' and of_peer=None: both are needed"),
        ({"of_peer": 2}, "peer='' and of_peer=2: both are needed"),
        ({"goal": "below 3"}, "goal='below 3': it must begin with ≤ or ≥"),
    ],
)
def test_a_record_that_says_too_little_is_refused(settings, says):
    with pytest.raises(ValueError, match=says):
        results.record("a thing", 1, "s", **settings)


def test_alone_a_script_records_nothing(monkeypatch, tmp_path):
    monkeypatch.delenv(results.PLACE, raising=False)
    monkeypatch.chdir(tmp_path)
    results.record("a thing", 1, "s")
    assert list(tmp_path.iterdir()) == []


def test_every_benchmark_of_ours_records():
    scripts = sorted(BENCHMARKS.glob("bench_*.py"))
    assert scripts and all("record(" in path.read_text(encoding="utf-8") for path in scripts)


KEPT = """
import sys
from pathlib import Path
sys.path.insert(0, {place!r})
from kept_runs import run_kept

def judge(name, settings):
    with open("asked", "a") as file:
        file.write(name)
    if name == "b" and not Path("mended").exists():
        raise SystemExit("stopped")
    return {{"name": name, "twice": 2 * settings["x"]}}

jobs = [("a", {{"x": 1}}), ("b", {{"x": 2}}), ("c", {{"x": 3}})]
print(run_kept(judge, jobs, Path({script!r}), Path("kept")))
"""


def test_runs_that_were_stopped_go_on(tmp_path):
    script = tmp_path / "tune_it.py"
    script.write_text(KEPT.format(place=str(BENCHMARKS), script=str(BENCHMARKS / "tune_books.py")), encoding="utf-8")
    first = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True)
    assert first.returncode != 0 and "stopped" in first.stderr
    [kept] = (tmp_path / "kept").iterdir()
    done = kept.read_text(encoding="utf-8")
    kept.write_text(done + '["half a', encoding="utf-8")  # killed while it was written
    (tmp_path / "asked").unlink()
    (tmp_path / "mended").touch()
    second = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True)
    expected = [{"name": name, "twice": 2 * x} for x, name in enumerate("abc", 1)]
    assert second.returncode == 0 and ast.literal_eval(second.stdout) == expected, second.stderr
    asked = (tmp_path / "asked").read_text()
    assert "b" in asked and len(asked) == 3 - done.count("\n")
    assert len(kept.read_text(encoding="utf-8").splitlines()) == 3
