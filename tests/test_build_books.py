"""`embedviz build-books`: the excerpt by eye, redirects, what is lost and why, kills, and one or two workers."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from dumps import box, killed_and_finished, page, write_dump

from embedviz.__main__ import main
from embedviz.datasets import load_books
from embedviz.datasets.dump.build import BuildFailed, build_books
from embedviz.datasets.dump.excerpt import excerpt_path
from embedviz.datasets.dump.page_process import Limits

RESULT = ("books.parquet", "links.parquet", "dead_letters.jsonl", "summary.json")


# The links of the article's wikitext in its order, each once, as one reads them there.
ANIMALIA = (
    "Graeme Base;Picture books;Harcourt Brace Jovanovich;Children's literature;Alliteration;Alphabet;Alligator;"
    "Butterfly;Colouring book;Abrams Books;Animalia (TV series);Venezuela;Minimax (TV channel);Czech Republic;Slovakia;"
    "Greece;ET1 (Greece);Australian Children's Television Foundation;IPad;IPhone;IPod Touch;"
    "Children's Book Council of Australia;Children's Book of the Year Award: Picture Book"
).split(";")
ANIMALIA_CATEGORIES = (
    "Children's picture books;Alphabet books;1986 books;Picture books by Graeme Base;Puzzle books;"
    "Australian children's books"
).split(";")


def build(parts, folder, **options) -> dict:
    return build_books(parts, folder, workers=0, progress=False, **options)


def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, list[dict]]:
    lines = (folder / "dead_letters.jsonl").read_text().splitlines()
    return (
        pd.read_parquet(folder / "books.parquet"),
        pd.read_parquet(folder / "links.parquet"),
        [*map(json.loads, lines)],
    )


def hashes(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in RESULT}


def command(parts, folder: Path, workers: int) -> list[str]:
    options = ["--out", str(folder), "--workers", str(workers)]
    return [sys.executable, "-m", "embedviz", "build-books", *map(str, parts), *options]


@pytest.fixture(scope="module")
def excerpt(tmp_path_factory):
    folder = tmp_path_factory.mktemp("excerpt")
    return folder, build([excerpt_path()], folder)


@pytest.fixture(scope="module")
def three_parts(tmp_path_factory) -> list[Path]:
    """Ninety books in three parts, redirects in other parts than what they are of."""
    folder, parts = tmp_path_factory.mktemp("parts"), []
    for part in range(3):
        pages = [page(f"R{n}", redirect=f"Topic {n}", number=n + 1) for n in range(part, 60, 3)]
        for n in range(30):
            links = "".join(f"[[R{(n * k) % 60}]] and text. " * 20 for k in range(1, 30))
            pages.append(
                page(f"Book {part}-{n}", box(f"[[A{n}]]", genre="Novel") + links, number=1000 * (part + 1) + n)
            )
        parts.append(write_dump(folder / f"part{part}.xml.bz2", pages, each=10))
    return parts


# --- The excerpt -----------------------------------------------------------------------------------------


def test_the_excerpts_books_are_what_their_wikitext_says(excerpt):
    """Read by eye in the wikitext of these three articles, April 2016."""
    folder, summary = excerpt
    books, _, letters = tables(folder)
    rows = [
        (row.title, list(row.authors), row.year, row.country, row.language, list(row.genres), row.publisher)
        for row in books.astype(object).where(books.notna(), None).itertuples()
    ]
    assert rows == [
        (
            "Animalia (book)",
            ["Graeme Base"],
            1986,
            "Australia",
            "English",
            ["Picture books"],
            "Harcourt Brace Jovanovich",
        ),
        ("Animal Farm", ["George Orwell"], 1945, "United Kingdom", "English", ["Political satire"], None),
        ("A Modest Proposal", ["Jonathan Swift"], 1729, None, "English", ["Satirical essay"], None),
    ]
    assert books["revision"].tolist() == [702958373, 714987995, 713534992] and letters == []
    assert (summary["pages"], summary["articles"], summary["redirects"]) == (206, 106, 99)


def test_the_excerpts_links_are_those_of_its_wikitext(excerpt):
    """All of the shortest book's, read by eye; of the others how many, and some."""
    folder, _ = excerpt
    _, links, _ = tables(folder)
    own = links[links["title"] == "Animalia (book)"]
    assert own[own["kind"] == "article"]["link"].tolist() == ANIMALIA
    assert own[own["kind"] == "category"]["link"].str.removeprefix("Category:").tolist() == ANIMALIA_CATEGORIES
    counts = links.groupby(["title", "kind"]).size().to_dict()
    assert counts["A Modest Proposal", "article"] == 43 and counts["Animal Farm", "article"] == 213
    of_farm = links[links["title"] == "Animal Farm"].set_index("link")
    assert {"Allegory", "Dystopian novel", "Russian Revolution of 1917", "Hugo Award"} <= set(of_farm.index)
    assert {"File", "Image"} >= {link.partition(":")[0] for link in of_farm.index[of_farm["kind"] == "file"]}
    swift = links[(links["title"] == "A Modest Proposal") & (links["section"] != "")]
    assert swift[["link", "section"]].to_numpy().tolist() == [["Satire", "Early modern western satire"]]


def test_load_books_reads_the_excerpt_with_koehrsens_filters(excerpt):
    folder, _ = excerpt
    loaded = load_books(folder, min_books=1)
    assert loaded.books["title"].tolist() == ["Animalia (book)", "Animal Farm", "A Modest Proposal"]
    assert loaded.books.columns.tolist() == load_books().books.columns.tolist()
    links = set(loaded.pairs["link"])
    assert {"graeme base", "allegory", "satire"} <= links
    assert not any(link != link.lower() or link.startswith(("file:", "category:")) for link in links)
    assert not loaded.pairs.duplicated().any() and "CC BY-SA" in loaded.card
    twice = load_books(folder, min_books=2).pairs["link"].value_counts()
    counts = loaded.pairs["link"].value_counts()
    assert twice.to_dict() == counts[counts >= 2].to_dict() and len(load_books(folder).pairs) == 0


# --- Redirects, and what is left out ---------------------------------------------------------------------


def test_redirects_of_the_box_are_found_in_any_part_and_by_any_name(tmp_path):
    first = write_dump(
        tmp_path / "1.bz2",
        [
            page("A", "{{Bookbox\n|author=X}}"),
            page("B", "{{book_box|author=Y}}"),
            page("C", "{{Infobox Roman <!-- x --> book|author=Z}}"),
            page("D", "{{Infobox film|author=no}} a book and {{Other}}"),
        ],
    )
    second = write_dump(
        tmp_path / "2.bz2",
        [
            page("Template:Bookbox", redirect="Template:Book box", namespace=10),
            page("Template:Book box", redirect="Template:Infobox book", namespace=10),
            page("Template:Infobox Roman book", redirect="Template:infobox Book", namespace=10),
            page("Template:Other", redirect="Template:Infobox film", namespace=10),
        ],
    )
    build([first, second], tmp_path / "out")
    books, _, _ = tables(tmp_path / "out")
    assert [(row.title, *row.authors) for row in books.itertuples()] == [("A", "X"), ("B", "Y"), ("C", "Z")]
    alone = build([first], tmp_path / "alone")
    assert alone["books"] == 0 and alone["no_box"] == 1  # only C looks like one


def test_links_are_led_through_redirects_and_loops_are_left(tmp_path):
    text = box("X") + "[[one]] [[Two#s]] [[Loop]] [[Self]] [[Plain]] [[Section]]"
    redirects = {"One": "Two", "Two": "End", "Loop": "Loop 2", "Loop 2": "Loop", "Self": "Self", "Section": "End#part"}
    pages = [page("B", text), *(page(title, redirect=target) for title, target in redirects.items())]
    summary = build([write_dump(tmp_path / "a.bz2", pages)], tmp_path / "out")
    _, links, _ = tables(tmp_path / "out")
    assert links[["link", "section"]].to_numpy().tolist() == [
        ["End", ""],
        ["End", "s"],
        ["Loop", ""],
        ["Self", ""],
        ["Plain", ""],
        ["End", ""],
    ]
    assert summary["redirects_followed"] == 3 and summary["redirect_loops"] == 2
    assert load_books(tmp_path / "out", min_books=1).pairs["link"].tolist() == ["end", "loop", "self", "plain"]


@pytest.mark.slow
def test_what_is_lost_says_why(tmp_path):
    pages = [
        page("Bomb", box("X") + "{{a|" * 100_000, number=4),
        page("Latin", "caf\u00e9", number=5).encode("latin-1"),
        page("Good", box("Y"), number=6),
        page("Twice", box("Z") + box("W"), number=7),
    ]
    first = write_dump(tmp_path / "1.bz2", pages)
    second = write_dump(tmp_path / "2.bz2", [page("Good", box("other")), page("Talk:Good", box("no"), namespace=1)])
    summary = build([first, second], tmp_path / "out", limits=Limits(seconds=2))
    books, _, letters = tables(tmp_path / "out")
    assert [(row.title, row.box, *row.authors) for row in books.itertuples()] == [
        ("Good", 0, "Y"),
        ("Twice", 0, "Z"),
        ("Twice", 1, "W"),
    ]
    assert [(one["title"], one["revision"], one["part"]) for one in letters] == [
        ("Latin", 500, "1.bz2"),
        ("Bomb", 400, "1.bz2"),
    ]
    assert "XML" in letters[0]["reason"] and letters[1]["reason"] == "more than 2 s of processor time"
    assert summary["dropped"] == {"XML": 1, "more than 2 s of processor time": 1}
    assert (summary["repeated"], summary["several_boxes"], summary["lost"]) == (1, 1, 1)
    assert load_books(tmp_path / "out").books["author"].tolist() == ["Y", "Z"]


# --- Kills, workers, damage ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def undisturbed(three_parts, tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("undisturbed")
    build(three_parts, folder)
    return hashes(folder)


@pytest.mark.slow
@pytest.mark.parametrize("workers, kills", [(0, 3), (2, 1)])
def test_kills_at_random_moments_change_nothing(three_parts, undisturbed, tmp_path, workers, kills):
    """What is built in the end is what this process has built alone; bench_dump.py kills more often."""
    run = killed_and_finished(command(three_parts, tmp_path, workers), tmp_path, kills, seed=workers)
    assert hashes(tmp_path) == undisturbed
    assert "90 books" in run.stdout and "pages read" in run.stderr  # how far it is


SCHEDULER = """
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(1, threads_per_worker=1, dashboard_address=None) as cluster:
        print(cluster.scheduler_address, flush=True)
        input()
"""


@pytest.mark.slow
def test_any_schedulers_workers_write_the_same(three_parts, undisturbed, tmp_path):
    """One worker here, two above."""
    (tmp_path / "cluster.py").write_text(SCHEDULER)
    process = subprocess.Popen(
        [sys.executable, str(tmp_path / "cluster.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        address = process.stdout.readline().strip()
        run = subprocess.run(
            [*command(three_parts, tmp_path / "out", 0), "--scheduler", address], capture_output=True, text=True
        )
    finally:
        process.communicate("\n")
    assert run.returncode == 0, run.stderr
    assert hashes(tmp_path / "out") == undisturbed and process.returncode == 0


def test_a_finished_file_that_was_damaged_is_made_anew(three_parts, undisturbed, tmp_path):
    build(three_parts, tmp_path)
    [one, *_] = sorted(tmp_path.glob("work/*/books/links.parquet"))
    one.write_bytes(one.read_bytes()[:-1])
    (tmp_path / "links.parquet").write_bytes(b"")
    with pytest.raises(ValueError, match="not what was written"):
        load_books(tmp_path)
    build(three_parts, tmp_path)
    assert hashes(tmp_path) == undisturbed


def test_a_damaged_part_fails_alone_and_goes_on_when_mended(three_parts, undisturbed, tmp_path, capsys):
    whole = three_parts[1].read_bytes()
    parts = [three_parts[0], tmp_path / three_parts[1].name, three_parts[2]]
    parts[1].write_bytes(whole[:-60])
    out = tmp_path / "out"
    assert main(["build-books", *map(str, parts), "--out", str(out), "--workers", "0"]) == 1
    assert "1 of 3 parts failed" in (said := capsys.readouterr().err) and "part1.xml.bz2 breaks off" in said
    with pytest.raises(FileNotFoundError, match="build-books"):
        load_books(out)
    parts[1].write_bytes(whole)
    assert main(["build-books", *map(str, parts), "--out", str(out), "--workers", "0"]) == 0
    assert hashes(out) == undisturbed and "90 books" in capsys.readouterr().out


def test_bad_input_is_named(three_parts, tmp_path, capsys):
    with pytest.raises(ValueError, match="same part"):
        build([three_parts[0], three_parts[0]], tmp_path)
    with pytest.raises(FileNotFoundError, match="nowhere"):
        build(["nowhere.bz2"], tmp_path)
    with pytest.raises(ValueError, match="workers=-1"):
        build_books(three_parts, tmp_path, workers=-1)
    (tmp_path / "x.bz2").write_bytes(b"no bz2")
    with pytest.raises(BuildFailed, match="x.bz2 is damaged"):
        build([tmp_path / "x.bz2"], tmp_path / "out")
    with pytest.raises(SystemExit):
        main(["build-books", "--out", str(tmp_path)])
    assert "--excerpt" in capsys.readouterr().err
