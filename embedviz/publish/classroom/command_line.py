"""`embedviz student` and `embedviz collect`: what a class is handed, and what it hands in."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from embedviz.course import places


def main(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit status: 0 done, 1 it failed, 2 it was not understood."""
    options = _parser().parse_args(arguments)
    try:
        return _student(options) if options.command == "student" else _collect(options)
    except (OSError, RuntimeError) as error:
        print(f"embedviz: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="embedviz")
    commands = parser.add_subparsers(dest="command", required=True)
    student = commands.add_parser(
        "student",
        help="write the notebooks for a class, without solutions",
        description="Write the notebooks for a class: without solutions, folded answers and a lecturer's comments. "
        "The package still holds the solutions, and who looks there finds them.",
    )
    student.add_argument("folder", nargs="?", type=Path, default=Path("build/student"), metavar="FOLDER")
    student.add_argument("--nbgrader", action="store_true", help="write a course for nbgrader, whose release it makes")
    collect = commands.add_parser(
        "collect",
        help="check what a class has handed in",
        description="Check every exercise in a folder that holds a folder or a notebook for each student. Their code "
        "runs in processes with limits.",
    )
    collect.add_argument("folder", type=Path, metavar="FOLDER")
    collect.add_argument("--out", type=Path, default=Path("results.csv"), metavar="FILE", help="default: results.csv")
    collect.add_argument(
        "--chapter",
        type=int,
        action="append",
        choices=places.CHAPTERS,
        default=[],
        metavar="N",
        help="that was set: all its exercises get a row; may be repeated",
    )
    collect.add_argument(
        "--seconds", type=_positive, default=10, metavar="N", help="of the processor, an exercise; default: 10"
    )
    collect.add_argument(
        "--memory", type=_positive, default=1500, metavar="N", help="megabytes, an exercise; default: 1500"
    )
    collect.add_argument(
        "--uncontained",
        action="store_true",
        help="also where this system cannot keep students' code from your files and the network",
    )
    return parser


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number above 0")
    return int(text)


def _student(options: argparse.Namespace) -> int:
    from embedviz.publish.classroom.student import write_nbgrader_course, write_student_folder

    write = write_nbgrader_course if options.nbgrader else write_student_folder
    written = write(options.folder, places.NOTEBOOKS)
    print(f"{len(written)} files in {options.folder}")
    return 0


def _collect(options: argparse.Namespace) -> int:
    from embedviz.publish.classroom.confine import Limits, not_contained

    if sys.platform == "win32":
        print("embedviz: Windows has no limits for a process: run this on Linux, in WSL, or on macOS", file=sys.stderr)
        return 1
    if (missing := not_contained()) and not options.uncontained:
        print(
            f"embedviz: here students' code could {missing}. Run this in a container or on another machine, "
            "or add --uncontained if you trust them.",
            file=sys.stderr,
        )
        return 1
    from embedviz.publish.classroom.grading import Keeper
    from embedviz.publish.classroom.submissions import check_all, harmless, summary, write_table

    limits = Limits(cpu=options.seconds, wall=6 * options.seconds, memory=options.memory * 1_000_000)
    rows, status = [], 0
    try:
        with Keeper(limits) as keeper:
            for row in check_all(options.folder, keeper, options.chapter):
                rows.append(row)
                what = row.exercise or "a notebook"
                print(f"{harmless(row.student)}  {what}: {row.found.result}", file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print("embedviz: ended before all were checked; what was found is kept", file=sys.stderr)
        status = 130
    write_table(rows, options.out)
    print(f"{summary(rows)}\n\n{len(rows)} rows in {options.out}")
    return status
