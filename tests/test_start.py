"""The first step: `python start.py`, `embedviz lab` and `embedviz test`. Nothing is installed here."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from embedviz import __main__ as command_line

ROOT = Path(__file__).parents[1]
CPU_INDEX = "https://download.pytorch.org/whl/cpu"


@pytest.fixture
def start(monkeypatch, tmp_path):
    """start.py in a checkout of its own, whose folder has a space and letters that are not ASCII."""
    for name in list(os.environ):
        if name.startswith("PIP_") or name in ("TORCH_INDEX", "EMBEDVIZ_CACHE"):
            monkeypatch.delenv(name)
    checkout = tmp_path / "Über uns"
    checkout.mkdir()
    for name in ("start.py", "requirements.lock", "torch.lock", "torch-cpu.lock", "pyproject.toml"):
        (checkout / name).write_bytes((ROOT / name).read_bytes())
    specification = importlib.util.spec_from_file_location("start", checkout / "start.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setattr(module, "pip_is_set_up", lambda: False)
    return module


@pytest.fixture
def ran(start, monkeypatch):
    """The commands that start.py runs; those that hold one of `ran.fail` fail. Making a .venv makes its folder."""

    class Ran(list):
        fail = ()

    ran = Ran()

    def run(command, check=False, **_):
        ran.append([str(part) for part in command])
        failed = any(word in part for word in ran.fail for part in ran[-1])
        if check and failed:
            raise subprocess.CalledProcessError(1, command)
        if "venv" in command and not failed:
            start.VENV.mkdir(exist_ok=True)
        return subprocess.CompletedProcess(command, int(failed), "", "")

    class Process:
        def __init__(self, command, **_):
            ran.append([str(part) for part in command])

        def wait(self):
            if "interrupted" in ran.fail:
                ran.fail = ()
                raise KeyboardInterrupt
            return 7

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(start, "_runs", lambda python: start.VENV.exists())
    return ran


def installed(ran):
    """What pip was told to install, in order."""
    return [Path(command[-1]).name for command in ran if "install" in command and "--index-url" not in command]


def test_it_sets_up_once_and_then_runs(start, ran):
    ran.fail = ["torch-cpu.lock"]  # no CPU build where pip looks
    assert start.main(["lab", "--no-browser", "--port", "8899"]) == 7
    locks = ["requirements.lock", *["torch-cpu.lock"] * (sys.platform == "linux"), "torch.lock"]
    assert installed(ran) == [*locks, start.ROOT.name]
    assert all("--require-hashes" in command for command in ran if command[-1].endswith(".lock"))
    assert all("-P" in command for command in ran if "-m" in command)  # not a pip.py of the folder where we are
    assert ran[-1][1:] == ["-P", "-m", "embedviz", "lab", "--no-browser", "--port", "8899"]
    assert ran[-1][0].startswith(str(start.VENV)) and " " in ran[-1][0]
    ran.clear()
    assert start.main(["test", "-x", "-k", "books"]) == 7
    assert [command[1:] for command in ran] == [["-P", "-m", "embedviz", "test", "-x", "-k", "books"]]


def test_without_a_command_the_lab_opens_and_setup_only_fetches(start, ran):
    start.main([])
    assert ran[-1][-2:] == ["embedviz", "lab"]
    start.main(["setup"])
    assert ran[-1][-2:] == ["embedviz", "fetch"]


@pytest.mark.parametrize("name", ["requirements.lock", "torch.lock", "torch-cpu.lock", "pyproject.toml"])
def test_a_lock_that_changes_is_installed(start, ran, name):
    start.main([])
    ran.clear()
    with open(start.ROOT / name, "a") as file:
        file.write("\n")
    start.main([])
    assert "requirements.lock" in installed(ran) and not any("venv" in command for command in ran)


def test_what_failed_or_was_killed_is_done_again(start, ran, capsys):
    ran.fail = ["requirements.lock"]
    assert start.main([]) == 1 and "requirements.lock" in capsys.readouterr().err
    ran.clear()
    ran.fail = ()
    assert start.main([]) == 7 and "requirements.lock" in installed(ran)


def test_the_index_of_torch_is_for_torch_alone(start, ran, monkeypatch):
    for given in (["--torch-index", CPU_INDEX], []):
        ran.clear()
        if not given:
            monkeypatch.setenv("TORCH_INDEX", CPU_INDEX + "/")  # as make hands it on
        start.main(["setup", *given])
        [torch] = [command for command in ran if "--index-url" in command]
        assert torch[-3].endswith("torch-cpu.lock") and torch[-1].rstrip("/") == CPU_INDEX
        assert {"--require-hashes", "--no-deps"} < set(torch) and "torch.lock" not in installed(ran)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyPI's build is for the CPU")
def test_a_cpu_build_that_pip_finds_is_taken(start, ran):
    start.main([])
    assert installed(ran) == ["requirements.lock", "torch-cpu.lock", start.ROOT.name]


def test_uv_installs_where_it_is_unless_pip_knows_of_an_index(start, ran, monkeypatch):
    monkeypatch.setattr(start.shutil, "which", lambda name: f"/bin/{name}")
    start.main([])
    assert [command[0] for command in ran if "install" in command] == ["/bin/uv"] * (len(installed(ran)))
    start.VENV.rename(start.ROOT / "away")
    ran.clear()
    monkeypatch.setattr(start, "pip_is_set_up", lambda: True)
    start.main([])
    assert installed(ran) and not any(command[0] == "/bin/uv" for command in ran)


@pytest.mark.parametrize(
    "said, variable, own",
    [
        ("", None, False),
        ("global.timeout='9'\n:env:.disable-pip-version-check='1'\n", None, False),
        ("global.index-url='https://mirror.invalid/simple'\n", None, True),
        ("install.find-links='/wheels'\n", None, True),
        (":env:.cert='/x.pem'\n", None, True),
        ("", "PIP_EXTRA_INDEX_URL", True),  # pip itself is not there
        ("", "PIP_TIMEOUT", False),
    ],
)
def test_whether_pip_is_set_up(start, monkeypatch, said, variable, own):
    monkeypatch.undo()
    for name in list(os.environ):
        if name.startswith("PIP_"):
            monkeypatch.delenv(name)
    if variable:
        monkeypatch.setenv(variable, "x")
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, said, ""))
    assert start.pip_is_set_up() is own


def test_into_the_python_that_runs_it(start, ran, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    start.main(["--here"])
    assert not any("venv" in command for command in ran) and all(command[0] == sys.executable for command in ran)


@pytest.mark.parametrize("version", [(3, 10, 4), (3, 14, 0)])
def test_a_python_that_will_not_do(start, ran, monkeypatch, capsys, version):
    monkeypatch.setattr(sys, "version_info", version)
    assert start.main([]) == 1 and "run it with 3.11, 3.12 or 3.13" in capsys.readouterr().err and not ran


def test_a_folder_that_cannot_be_written(start, ran, monkeypatch, capsys):
    def refuse(path, *_, **__):
        raise PermissionError(30, "Read-only file system", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert start.main([]) == 1 and not ran
    said = capsys.readouterr().err
    assert "Read-only file system" in said and f"{start.ROOT} must be a folder that you can write: copy the" in said


def test_an_interrupt_is_for_the_command(start, ran):
    ran.fail = ["interrupted"]
    assert start.main([]) == 7


# --- embedviz lab and embedviz test ---


@pytest.fixture
def work(monkeypatch):
    """The commands that `embedviz lab` and `embedviz test` run, with their environment; the data are there."""
    commands = []
    monkeypatch.setattr(command_line, "_fetch", lambda names: 0)
    monkeypatch.setattr(command_line, "_run", lambda command, environment: commands.append((command, environment)) or 5)
    return commands


def test_the_lab_opens_the_start_page(work):
    assert command_line.main(["lab", "--no-browser", "--port=8899"]) == 5
    [(command, environment)] = work
    start_here = ROOT / "notebooks" / "00_start_here.ipynb"
    assert start_here.exists()
    first = "--LabApp.default_url=/lab/tree/00_start_here.ipynb"  # also of the address printed for no browser
    assert command == [sys.executable, "-P", "-m", "jupyterlab", first, "--no-browser", "--port=8899", str(start_here)]
    assert environment == dict(os.environ)


def test_the_tests_are_run_as_make_test_runs_them(work, monkeypatch):
    monkeypatch.setenv("TEST_JOBS", "3")
    assert command_line.main(["test", "-x", "-k", "books"]) == 5
    [(command, _)] = work
    assert command[:5] == [sys.executable, "-m", "pytest", "-n", "3"] and command[-3:] == ["-x", "-k", "books"]
    assert (ROOT / command[command.index("--nbval-sanitize-with") + 1]).exists()


def test_a_home_that_cannot_be_written_does_not_keep_the_lab_shut(work, monkeypatch, tmp_path, capsys):
    (tmp_path / "home").write_text("no folder")
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "home" / "runtime"))
    assert command_line.main(["lab"]) == 5
    [(_, environment)] = work
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"):
        assert "embedviz-jupyter-" in environment[name]
    assert "is kept in" in capsys.readouterr().err


def test_outside_a_checkout_one_is_told_where_the_chapters_are(work, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(command_line, "CHECKOUT", tmp_path)
    for command in ("lab", "test"):
        assert command_line.main([command]) == 1 and "get the whole repository" in capsys.readouterr().err
    assert not work


def test_without_data_nothing_is_opened(work, monkeypatch):
    monkeypatch.setattr(command_line, "_fetch", lambda names: 1)
    assert command_line.main(["lab"]) == 1 and not work


def test_options_that_nobody_knows_are_refused_by_the_others(capsys):
    for command in ("list", "fetch"):
        with pytest.raises(SystemExit, match="2"):
            command_line.main([command, "--no-browser"])
        assert "unrecognized arguments: --no-browser" in capsys.readouterr().err
