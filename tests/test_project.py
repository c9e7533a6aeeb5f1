"""The project's own files agree with each other."""

import ast
import importlib.util
import json
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import make_lock
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = {name: (ROOT / name).read_text() for name in ("requirements.lock", "torch.lock", "torch-cpu.lock")}


def locked(*locks):
    """{name: version} of the locks' requirements that hold here."""
    entries = [Requirement(entry.partition(" \\\n")[0]) for name in locks for entry in make_lock.entries(LOCKS[name])]
    return {
        canonicalize_name(entry.name): str(entry.specifier).removeprefix("==")
        for entry in entries
        if entry.marker is None or entry.marker.evaluate()
    }


LOCKED = locked("requirements.lock", "torch.lock")
# What people start by hand, which no other test imports.
SCRIPTS = sorted([*ROOT.glob("tests/benchmarks/*.py"), *ROOT.glob("tests/ma*.py"), *ROOT.glob("tests/me*.py")])
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_lock_holds_every_requirement_in_its_range():
    extras = PROJECT["optional-dependencies"]
    requirements = [Requirement(text) for text in sum(extras.values(), PROJECT["dependencies"])]
    assert len(requirements) > 15
    for requirement in requirements:
        if requirement.name == PROJECT["name"]:  # with another of the extras
            assert requirement.extras <= extras.keys()
            continue
        assert requirement.specifier.contains(LOCKED[canonicalize_name(requirement.name)]), requirement


def test_the_lock_is_closed_and_is_what_is_installed():
    of_cuda = locked("torch.lock").keys() - {"torch"}  # not installed where PyTorch's CPU build is
    for name, version in LOCKED.items():
        if name in of_cuda:
            continue
        assert metadata.version(name).split("+")[0] == version, f"{name}: run `make setup`"
        for text in metadata.requires(name) or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                assert canonicalize_name(requirement.name) in LOCKED, f"{name} needs {requirement}"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_file_has_its_hash_and_no_index_is_named(name):
    lock = LOCKS[name]
    hashes = re.findall(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$", lock, flags=re.M)
    entries = make_lock.entries(lock)
    assert len(entries) + len(hashes) == sum(not line.startswith("#") for line in lock.splitlines())
    assert all(re.match(r"[a-z0-9.-]+==\S+(?: ; [^\\\n]+)? \\\n    --hash=", entry) for entry in entries)


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(
    "system",
    [
        {"sys_platform": "linux", "platform_machine": "x86_64", "os_name": "posix"},
        {"sys_platform": "linux", "platform_machine": "aarch64", "os_name": "posix"},
        {"sys_platform": "darwin", "platform_machine": "arm64", "os_name": "posix"},
        {"sys_platform": "win32", "platform_machine": "AMD64", "os_name": "nt"},
    ],
    ids=lambda system: f"{system['sys_platform']}-{system['platform_machine']}",
)
def test_each_system_gets_each_package_once_and_pytorch_of_either_index(system, python):
    there = system | {"python_version": python, "python_full_version": f"{python}.1"}
    for locks in (["requirements.lock", "torch.lock"], ["requirements.lock", "torch-cpu.lock"]):
        entries = [
            Requirement(entry.partition(" \\\n")[0]) for name in locks for entry in make_lock.entries(LOCKS[name])
        ]
        names = [entry.name for entry in entries if entry.marker is None or entry.marker.evaluate(there)]
        assert len(names) == len(set(names))
        assert {"torch", "pip", "setuptools", "numpy"} <= set(names)
        assert ("colorama" in names) == ("pywinpty" in names) == (system["os_name"] == "nt")
        assert any(name.startswith("nvidia") for name in names) == (
            "torch.lock" in locks and system["sys_platform"] == "linux"
        )


def test_conda_gets_a_python_and_the_locked_packages_as_everybody():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["name"] == PROJECT["name"]
    python, pip = environment["dependencies"]
    assert pip == "pip"
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(python.removeprefix("python="))
    command, _ = [line for line in (ROOT / "postBuild").read_text().splitlines() if line.startswith("python")]
    assert re.fullmatch(r"python start\.py setup --here --torch-index https://download\.pytorch\.org/whl/cpu", command)


def test_torch_is_pinned_exactly():
    assert "torch==2.13.0" in PROJECT["dependencies"]
    assert all(locked(name)["torch"].partition("+")[0] == "2.13.0" for name in ("torch.lock", "torch-cpu.lock"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_committed_executed_and_small(path):
    book = json.loads(path.read_text())
    assert path.stat().st_size < 1_000_000
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), "run it from top to bottom"
    for number, cell in enumerate(code, 1):
        source = "".join(cell["source"])
        is_test = "test" in cell["metadata"].get("tags", [])
        assert is_test or len(source.splitlines()) <= 15, f"code cell {number} is too long to read"
        asserts = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]
        assert is_test or not asserts, f"code cell {number} has an assert: it belongs into a cell tagged test"
        assert all(node.msg for node in asserts), f"an assert of code cell {number} does not say what was expected"
        if is_test:  # the reader's view does not open it
            assert cell["metadata"].get("jupyter", {}).get("source_hidden"), f"test cell {number} is not folded"
        # What asks and tells, and computes nothing: the site folds it, JupyterLab leaves it open to be edited.
        said = [getattr(getattr(getattr(part, "value", 0), "func", 0), "id", "") for part in ast.parse(source).body]
        nothing_to_uncomment = not re.search(r"^ *#", source, re.MULTILINE)
        only_says = nothing_to_uncomment and set(said) <= {"prediction", "came_out", "calibration", "say"}
        assert only_says == ("hide-input" in cell["metadata"].get("tags", [])), f"code cell {number}: hide-input?"
        for line in re.findall(r"^# (from embedviz\S* import .+)$", source, re.MULTILINE):
            exec(line, {})  # what a reader is to uncomment, the check of an exercise, is there
        for output in cell["outputs"]:
            if image := output.get("data", {}).get("image/png"):
                assert len(image) < 400_000, f"the picture of code cell {number} is over 300 kB"
    prose = "".join("".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "markdown")
    assert "](symbols.md)" in prose, "the table of symbols is not linked"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_a_script_finds_what_it_imports(script, monkeypatch):
    if script.name == "make_images.py":
        pytest.importorskip("PIL")
    monkeypatch.syspath_prepend(script.parent)
    spec = importlib.util.spec_from_file_location(f"script_{script.stem}", script)
    spec.loader.exec_module(importlib.util.module_from_spec(spec))


def test_no_data_file_from_elsewhere_is_committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    data = [
        name for name in listed.stdout.split() if re.search(r"\.(csv|tsv|parquet|ndjson|db|zip|gz|whl|npz|npy)$", name)
    ]
    assert data == ["embedviz/datasets/cards/books.tsv"]
