"""The project's own files agree with each other."""

import json
import re
import subprocess
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKED = dict(
    line.split("==") for line in (ROOT / "requirements.lock").read_text().splitlines() if not line.startswith("#")
)
LOCKED = {canonicalize_name(name): version for name, version in LOCKED.items()}
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def test_the_lock_holds_every_requirement_in_its_range():
    requirements = [Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]]
    assert len(requirements) > 15
    for requirement in requirements:
        assert requirement.specifier.contains(LOCKED[canonicalize_name(requirement.name)]), requirement


def test_the_lock_is_closed_and_is_what_is_installed():
    for name, version in LOCKED.items():
        assert metadata.version(name).split("+")[0] == version, name
        for text in metadata.requires(name) or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                assert canonicalize_name(requirement.name) in LOCKED.keys() | {"setuptools"}, (
                    f"{name} needs {requirement}"
                )


def test_environment_yml_says_the_same():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    assert environment["name"] == PROJECT["name"]
    python, pip, with_pip = environment["dependencies"]
    assert pip == "pip" and {"-r requirements.lock", "-e ."} <= set(with_pip["pip"])
    assert Requirement(f"python{PROJECT['requires-python']}").specifier.contains(python.removeprefix("python="))


def test_torch_is_pinned_exactly():
    assert "torch==2.13.0" in PROJECT["dependencies"] and LOCKED["torch"] == "2.13.0"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_committed_executed_small_and_with_alt_texts(path):
    book = json.loads(path.read_text())
    assert path.stat().st_size < 1_000_000 and "widgets" not in book["metadata"]
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1)), "run it from top to bottom"
    for number, cell in enumerate(code, 1):
        source = "".join(cell["source"])
        assert len(source.splitlines()) <= 25, f"code cell {number} is too long to read"
        for line in re.findall(r"^# (from embedviz\S* import .+)$", source, re.MULTILINE):
            exec(line, {})  # what a reader is to uncomment, the check of an exercise, is there
        for output in cell["outputs"]:
            assert output["output_type"] != "error", f"code cell {number} failed"
            if image := output.get("data", {}).get("image/png"):
                assert len(image) < 400_000, f"the picture of code cell {number} is over 300 kB"
                assert output["metadata"].get("image/png", {}).get("alt") or 'alt="' in "".join(
                    output["data"].get("text/html", "")
                ), f"the picture of code cell {number} has no alternative text"
    prose = "".join("".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "markdown")
    assert all(alt.strip() for alt in re.findall(r"!\[(.*?)\]\(", prose)), "an image without alternative text"
    for target in re.findall(r"\]\((?!https?:|#)([^)\s]+)\)", prose):
        assert (path.parent / target.split("#")[0]).exists(), f"{target} is not there"


def test_no_data_file_from_elsewhere_is_committed():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    data = [
        name for name in listed.stdout.split() if re.search(r"\.(csv|tsv|parquet|ndjson|db|zip|gz|whl|npz|npy)$", name)
    ]
    assert data == ["embedviz/datasets/cards/books.tsv"]
