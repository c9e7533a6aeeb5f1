"""Start a function on several processes of this machine, from a notebook: what `torchrun` does for a script."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cloudpickle
import torch.distributed as dist

from embedviz.base.arrays import whole_number
from embedviz.train.processes import joined

_TASK, _GRACE = "task.pickle", 20  # seconds that the others have to say what they make of one that is gone


def run_on_processes(
    function: Callable, size: int = 2, *args, timeout: float = 600, device: str | None = "cpu"
) -> list:
    """Call function(*args) in `size` new processes that train together, see `joined`.

    Args:
        function: of a notebook too; it and the arguments travel by cloudpickle.
        size: how many processes.
        timeout: seconds for all of it, and for a process to answer another.
        device: see `joined`.

    Returns:
        What it returned, by rank.

    Raises:
        RuntimeError: a process failed: which, and what it said last. The others are ended.
        TimeoutError: they have not come to an end.
    """
    whole_number("size", size, 1, 1000)
    with tempfile.TemporaryDirectory(prefix="embedviz-processes-") as name:
        folder = Path(name)
        (folder / _TASK).write_bytes(cloudpickle.dumps((function, args, timeout, device)))
        # The store where they meet is here, at a port that the system has chosen: no other program can have it.
        store = dist.TCPStore("127.0.0.1", 0, is_master=True, wait_for_workers=False)
        common = os.environ | {
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(store.port),
            "TORCHELASTIC_USE_AGENT_STORE": "True",
            "WORLD_SIZE": str(size),
            "LOCAL_WORLD_SIZE": str(size),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        running = []
        try:
            for rank in range(size):
                with open(folder / f"said-{rank}", "wb") as said:
                    command = [sys.executable, "-m", "embedviz.train.launch", str(folder)]
                    ranks = {"RANK": str(rank), "LOCAL_RANK": str(rank)}
                    running.append(subprocess.Popen(command, env=common | ranks, stdout=said, stderr=said))
            _wait(running, time.monotonic() + timeout)
        finally:
            for process in running:
                process.kill()
                process.wait()
        if failed := _failure([process.returncode for process in running], folder):
            raise RuntimeError(failed)
        return [cloudpickle.loads((folder / f"result-{rank}").read_bytes()) for rank in range(size)]


def _wait(running: list[subprocess.Popen], end: float) -> None:
    """Until all have ended; when one has failed, the others have a little while."""
    failed = False
    while None in [process.poll() for process in running]:
        if not failed and any(process.returncode for process in running):
            failed, end = True, min(end, time.monotonic() + _GRACE)
        if time.monotonic() > end:
            if failed:
                return
            raise TimeoutError(f"{sum(process.returncode is None for process in running)} processes have not ended")
        time.sleep(0.05)


def _failure(codes: list[int], folder: Path) -> str:
    """What went wrong, or nothing: each process that failed, and the end of what it said."""
    parts = []
    for rank, code in enumerate(codes):
        if code:
            how = f"was ended by signal {-code}" if code < 0 else f"failed with exit status {code}"
            said = (folder / f"said-{rank}").read_text(errors="replace").strip()
            parts.append(f"process {rank} of {len(codes)} {how}" + (f":\n{said[-3000:]}" if said else ""))
    return "\n".join(parts)


def _work(folder: Path) -> None:
    function, args, timeout, device = cloudpickle.loads((folder / _TASK).read_bytes())
    with joined(timeout, device):
        result = function(*args)
    (folder / f"result-{os.environ['RANK']}").write_bytes(cloudpickle.dumps(result))


if __name__ == "__main__":
    _work(Path(sys.argv[1]))
