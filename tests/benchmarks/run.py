"""All benchmarks, one after another, and one table of what they found: `embedviz bench [NAME …]`, or `make bench`.

    embedviz bench                 all: some hours on two cores
    embedviz bench umap word2vec   bench_umap.py and bench_word2vec.py

What a script prints goes to standard error as it comes. Standard output is a page in Markdown: the machine, the
versions, a line for each figure with the ratio to its peer in the same run, what could not be run, and why. The same is
kept in build/benchmarks.json. Times mean something on a machine with nothing else to do.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from results import PLACE, Record

from embedviz.base.files import write_atomically
from embedviz.course.doctor import examination

FOLDER = Path(__file__).parent
KEPT = FOLDER.parents[1] / "build/benchmarks.json"


def main(arguments: Sequence[str] | None = None, folder: Path = FOLDER, kept: Path = KEPT) -> int:
    """Run them; returns the exit status: 0 all have run, 1 one has not, 2 there is no such benchmark."""
    scripts = {path.stem.removeprefix("bench_"): path for path in sorted(folder.glob("bench_*.py"))}
    parser = argparse.ArgumentParser(prog="embedviz bench", description="Run benchmarks, and print one table of them.")
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"one of: {', '.join(scripts)}; without: all")
    names = parser.parse_args(arguments).names or list(scripts)
    if unknown := [name for name in names if name not in scripts]:
        print(f"embedviz bench: no benchmark {unknown[0]!r}: there are {', '.join(scripts)}", file=sys.stderr)
        return 2
    records, failures = {}, {}
    for name in names:
        print(f"== {name}", file=sys.stderr, flush=True)
        records[name], failures[name] = run(scripts[name])
    found = examination()
    content = {
        "versions": found["versions"],
        "machine": found["machine"],
        "records": {name: [asdict(one) for one in own] for name, own in records.items()},
        "failures": {name: why for name, why in failures.items() if why},
    }
    kept.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(kept, json.dumps(content, indent=1, ensure_ascii=False))
    print(page(content["versions"] | content["machine"], records, content["failures"]))
    return int(bool(content["failures"]))


def run(script: Path) -> tuple[list[Record], str]:
    """What a script has recorded, and why it has failed, "" if it has not. What it has recorded before counts."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "records"
        place.touch()
        start = time.monotonic()
        environment = os.environ | {PLACE: str(place), "PYTHONUNBUFFERED": "1"}
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "errors": "replace"}
        last = ""
        with subprocess.Popen([sys.executable, str(script)], env=environment, **both) as process:
            for line in process.stdout:
                sys.stderr.write(line)
                last = line.strip() or last
        print(f"   {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
        records = [Record(**json.loads(line)) for line in place.read_text(encoding="utf-8").splitlines()]
        status = process.returncode
        return records, f"{last} (exit status {status})" if status else ""


def page(facts: dict[str, str], records: dict[str, list[Record]], failures: dict[str, str]) -> str:
    """All of it in Markdown."""
    lines = [f"- {name}: {what}" for name, what in facts.items() if what != "not installed"]
    lines += ["", "| benchmark | figure | ours | peer | ratio | goal |", "|---|---|--:|--:|--:|---|"]
    for name, own in records.items():
        for one in own:
            peer = "" if one.ratio is None else f"{one.peer} {_number(one.of_peer)}"
            ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
            goal = f"{one.goal}: {'reached' if one.reached else 'missed'}" if one.goal else ""
            lines.append(f"| {name} | {one.what} | {_number(one.value)} {one.unit} | {peer} | {ratio} | {goal} |")
    return "\n".join(lines + [f"\n{name} has failed: {why}" for name, why in failures.items()])


def _number(value: float) -> str:
    """Three digits that count, whole above that."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
