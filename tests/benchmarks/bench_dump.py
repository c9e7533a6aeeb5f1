"""How `embedviz build-books` does on a synthetic dump: memory, one worker against two, a bomb; and fuzzing at length.

Run with `python tests/benchmarks/bench_dump.py [--gb 2.0] [--parts 8] [--fuzz 100000]`, on a quiet machine. The dump's
articles are those of the excerpt that gensim brings along, each repeated under other titles, every tenth a book; one
page is a bomb that mwparserfromhell does not survive. Nothing is asserted: a table is printed.
"""

import argparse
import bz2
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from results import record

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from dumps import HEAD, TAIL, box, killed_and_finished, page

from embedviz.datasets.dump.build import build_books
from embedviz.datasets.dump.excerpt import excerpt_path
from embedviz.datasets.dump.infobox import read_wikitext
from embedviz.datasets.dump.page_process import Limits, PageLost, PageProcess
from embedviz.datasets.dump.page_xml import Page
from embedviz.datasets.dump.pages import DamagedPart, read_pages
from embedviz.datasets.dump.titles import NAMESPACES

BOMB = box("X") + "{{a|" * 100_000
RESULT = ("books.parquet", "links.parquet", "dead_letters.jsonl", "summary.json")
STREAM = 100  # pages of a stream, as in Wikimedia's dumps


def make_dump(folder: Path, gigabytes: float, n_parts: int) -> list[Path]:
    """Parts that unpack to so many gigabytes together."""
    articles = [one.text for one in read_pages(excerpt_path()) if isinstance(one, Page) and one.redirect is None]
    draw, parts, number = random.Random(0), [], 0
    for part in range(n_parts):
        path = folder / f"synthetic-{part}.xml.bz2"
        with open(path, "wb") as file:
            file.write(bz2.compress(HEAD.encode()))
            size, bombs = 0, [BOMB] if part == 0 else []
            while size < gigabytes * 1e9 / n_parts:
                pages = []
                for _ in range(STREAM):
                    number += 1
                    text = draw.choice(articles)
                    text = box(f"[[Author {number % 997}]]", genre="Novel") + text if number % 10 == 0 else text
                    pages.append(page(f"Article {number}", bombs.pop() if bombs else text, number=number))
                    pages.append(page(f"Redirect {number}", redirect=f"Article {number}", number=number))
                xml = "".join(pages).encode()
                size += len(xml)
                file.write(bz2.compress(xml))
            file.write(bz2.compress(TAIL.encode()))
        parts.append(path)
    return parts


def measured(parts: list[Path], folder: Path, workers: int) -> tuple[float, list[float]]:
    """Seconds of a build, and the memory (RSS, MB) of its largest process, sampled through time."""
    options = ["--out", str(folder), "--workers", str(workers)]
    start, samples = time.perf_counter(), []
    process = subprocess.Popen([sys.executable, "-m", "embedviz", "build-books", *map(str, parts), *options])
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            try:
                root = psutil.Process(process.pid)
                samples.append(max(one.memory_info().rss for one in [root, *root.children(recursive=True)]) / 1e6)
            except psutil.Error:
                continue

    thread = threading.Thread(target=watch)
    thread.start()
    status = process.wait()
    over.set()
    thread.join()
    if status:
        raise SystemExit(f"the build failed with status {status}")
    return time.perf_counter() - start, samples


def fuzz(n: int, folder: Path) -> None:
    """Mutated real pages and dumps: how many were read, lost, refused; anything else is raised."""
    draw, counts = random.Random(1), {"read": 0, "lost": 0, "dumps read": 0, "dumps refused": 0}
    texts = [one.text[:3000] for one in read_pages(excerpt_path()) if isinstance(one, Page) and one.redirect is None]
    marks = "{{ }} [[ ]] {{{ }}} | = ' ''' <ref> </ref> <!-- --> <nowiki> {| |} &#x \n* \x00 \ud800 é <b>".split(" ")
    with PageProcess({"infobox book"}, NAMESPACES, Limits(seconds=5)) as process:
        for number in range(n):
            text = list(draw.choice(texts)[draw.randrange(1000) :][: draw.randrange(1500)])
            for _ in range(draw.randrange(1, 12)):
                text.insert(draw.randrange(len(text) + 1), draw.choice([*marks, "{{Infobox book|author="]))
            text = "".join(text)
            if number % 10:
                # In this process: an error of ours would show, where the other process would make a lost page of it.
                try:
                    read_wikitext(text, "T", {"infobox book"}, NAMESPACES)
                    counts["read"] += 1
                except RecursionError:
                    counts["lost"] += 1
                continue
            try:
                process.read(text, "T")
                counts["read"] += 1
            except PageLost as error:
                counts["lost"] += 1
                print("lost:", error)
            xml = bytearray((HEAD + page("A", text.encode(errors="ignore").decode()) + page("B") + TAIL).encode())
            for _ in range(draw.randrange(1, 5)):
                xml[draw.randrange(len(xml))] = draw.randrange(256)
            path = folder / "fuzz.bz2"
            path.write_bytes(bz2.compress(bytes(xml), 1))
            try:
                list(read_pages(path))
                counts["dumps read"] += 1
            except DamagedPart:
                counts["dumps refused"] += 1
    print(f"fuzzed, {n:,} inputs:", ", ".join(f"{n:,} {what}" for what, n in counts.items()))


def kill(n: int, folder: Path) -> None:
    """Half of the builds in one process, half on two workers of Dask."""
    parts = make_dump(folder, 0.01, 3)
    build_books(parts, folder / "undisturbed", workers=0, progress=False)
    for workers in (0, 2):
        out = folder / f"killed-{workers}"
        command = [sys.executable, "-m", "embedviz", "build-books", *map(str, parts), "--out", str(out)]
        killed_and_finished([*command, "--workers", str(workers)], out, n // 2, seed=workers)
        same = all((out / file).read_bytes() == (folder / "undisturbed" / file).read_bytes() for file in RESULT)
        print(f"killed {n // 2} times, {workers or 'no'} workers of Dask; equal to an undisturbed run: {same}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gb", type=float, default=2.0, help="of the dump, unpacked")
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--kills", type=int, default=20, help="of a small build, which must then be what it would be")
    parser.add_argument("--fuzz", type=int, default=100_000, help="inputs; 0: none")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.fuzz:
            fuzz(options.fuzz, folder)
        if options.kills:
            kill(options.kills, folder)
        if options.gb:
            parts = make_dump(folder, options.gb, options.parts)
            packed = sum(path.stat().st_size for path in parts)
            print(f"dump: {options.gb:g} GB, packed {packed / 1e6:,.0f} MB, {len(parts)} parts")
            times = {}
            for workers in (1, 2):
                times[workers], memory = measured(parts, folder / f"out{workers}", workers)
                half = len(memory) // 2
                record(f"build-books of {options.gb:g} GB, {workers} workers: largest process", max(memory), "MB")
                print(
                    f"{workers} workers: {times[workers]:.0f} s; largest process {max(memory[:half]):.0f} MB in the "
                    f"first half, {max(memory[half:]):.0f} MB in the second"
                )
            same = all(
                (folder / "out1" / file).read_bytes() == (folder / "out2" / file).read_bytes() for file in RESULT
            )
            record(f"build-books of {options.gb:g} GB, two workers", times[2], "s", "one worker", times[1], "≤ 0.625")
            print(f"two workers against one: {times[1] / times[2]:.2f} times as fast; results equal: {same}")
            print("dead letters:", (folder / "out2" / "dead_letters.jsonl").read_text().strip())


if __name__ == "__main__":
    main()
