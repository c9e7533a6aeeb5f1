"""Chapters for Colab: the first cell installs what is missing, in a bare environment, and does nothing elsewhere."""

import os
import shutil
import subprocess
import sysconfig
import venv
from pathlib import Path

import nbformat
import pytest

from embedviz.course.places import CHAPTERS, chapter_file
from embedviz.datasets.registry import DATASETS
from embedviz.datasets.store.cache import state
from embedviz.publish import colab

ROOT = Path(__file__).parents[1]


def test_what_is_installed_is_the_archive_of_a_branch():
    archive = "embedviz @ https://github.com/ada/book.s/archive/refs/heads/main.zip"
    for address in (
        "https://github.com/ada/book.s",
        "https://github.com/ada/book.s.git",
        "https://github.com/ada/book.s/",
    ):
        assert colab.install_source(address) == archive
    for wrong in ("https://gitlab.com/ada/books", "https://github.com/ada", "http://github.com/a/b", "ada/books"):
        with pytest.raises(ValueError, match="Colab opens notebooks of https://github.com/OWNER/NAME"):
            colab.install_source(wrong)
    with pytest.raises(ValueError, match="no branch has such a name"):
        colab.install_source("https://github.com/ada/books", "a b")


def test_the_cell_stands_before_all_code_and_changes_nothing_else(tmp_path, capsys):
    assert colab.main([str(tmp_path / "new"), "--repository", "https://github.com/ada/books", "--branch", "try"]) == 0
    for chapter in CHAPTERS:
        path = chapter_file(chapter)
        before, after = (nbformat.read(one, as_version=4) for one in (path, tmp_path / "new" / path.name))
        nbformat.validate(after)
        first = next(cell for cell in after.cells if cell.cell_type == "code")
        assert first.id == colab.SETUP and "/ada/books/archive/refs/heads/try.zip" in first.source
        assert len(first.source.splitlines()) <= 15
        assert [cell for cell in after.cells if cell.id != colab.SETUP] == before.cells
    assert colab.main([str(tmp_path), "--repository", "https://example.org"]) == 1
    assert "https://github.com/OWNER/NAME" in capsys.readouterr().err
    with pytest.raises(ValueError, match="already"):
        colab.with_setup(after, "embedviz")
    with pytest.raises(ValueError, match="no code cell"):
        colab.with_setup(nbformat.v4.new_notebook(cells=[]), "embedviz")


@pytest.mark.slow
def test_it_installs_into_a_bare_environment_and_a_second_time_does_nothing(tmp_path):
    if any(state(entry) != "fetched" for entry in DATASETS.values() if entry.default):
        pytest.skip("the data are not fetched")
    # Bare: nothing of ours. What embedviz requires is there, as most of it is in Colab; no index may be asked.
    others = tmp_path / "others"
    others.mkdir()
    for entry in Path(sysconfig.get_path("purelib")).iterdir():
        if "embedviz" not in entry.name and entry.suffix != ".pth":
            (others / entry.name).symlink_to(entry)
    for name in ("rfc3987_syntax-1.1.0", "lark-1.3.1"):  # which the lock leaves out, see make_lock.py; Colab finds them
        stands_for = others / f"{name}.dist-info"
        stands_for.mkdir(exist_ok=True)
        name, version = name.split("-")
        (stands_for / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    place = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    (Path(place) / "others.pth").write_text(str(others))
    checkout = tmp_path / "checkout"
    checkout.mkdir()
    shutil.copytree(ROOT / "embedviz", checkout / "embedviz", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout)
    archive = shutil.make_archive(str(tmp_path / "main"), "zip", tmp_path, "checkout")

    cell = colab.with_setup(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), f"embedviz @ {Path(archive).as_uri()}"
    ).cells[0]
    script = f"{cell.source}\nimport embedviz.widgets.explorer\nprint(embedviz.__file__)\n"
    left_out = ("PYTHONPATH", "VIRTUAL_ENV", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS")
    environment = {name: value for name, value in os.environ.items() if name not in left_out}
    environment |= {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_CONFIG_FILE": os.devnull}

    def runs():
        command = [python, "-P", "-c", script]
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    said = runs()
    assert said.splitlines()[-1].startswith(place) and "already in" in said
    Path(archive).unlink()  # who asked for it again would fail
    assert runs().splitlines() == said.splitlines()[-1:]
