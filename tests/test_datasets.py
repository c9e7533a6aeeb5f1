import csv
import gzip
import io
import json
import os
import re
import sqlite3
import subprocess
import sys
import unicodedata
import warnings
import zipfile
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from embedviz.datasets import registry
from embedviz.datasets.books import Books, load_books
from embedviz.datasets.films import FILM_KINDS, load_films
from embedviz.datasets.flights import FLIGHT_TABLES, load_flights
from embedviz.datasets.movielens import load_movielens
from embedviz.datasets.registry import DATASETS, dataset_card
from embedviz.datasets.store.cache import Dataset, entry_folder, load
from embedviz.datasets.store.package_index import DatasetError
from embedviz.datasets.texts import load_text8
from embedviz.datasets.wikipedia import NOT_TOPICS, from_infobox

# Real data to check against, where it is at hand: a folder beside the repository, or as the variable says.
SHARED = Path(os.environ.get("EMBEDVIZ_SHARED", Path(__file__).parents[2] / "shared")) / "data"
INFOBOXES, SAMPLE = SHARED / "koehrsen_book_info.tsv", SHARED / "koehrsen_p15_books_900.ndjson"


@pytest.fixture(scope="module")
def shipped():
    return load_books()


@pytest.fixture(scope="module")
def films():
    return load_films()


@pytest.fixture(scope="module")
def flights():
    return load_flights()


def plain(text):
    """Letters and digits only, without accents or case: what two spellings of a name share."""
    return (
        re.sub(r"[\W_]+", "", unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()) or text
    )


# --- The shipped books ---


def test_the_shipped_list_is_large_and_connected(shipped):
    per_link, per_book = shipped.pairs["link"].value_counts(), shipped.pairs["title"].value_counts()
    assert len(shipped.books) >= 1000 and len(shipped.pairs) >= 12_000
    assert (per_link >= 4).sum() >= 600
    assert per_book.min() >= 10 and set(per_book.index) == set(shipped.books["title"])
    assert not shipped.pairs.duplicated().any()


def test_titles_are_unique_and_every_link_has_one_spelling(shipped):
    assert shipped.books["title"].map(str.casefold).is_unique
    names = pd.Series(pd.concat([shipped.pairs["link"], shipped.books["title"]]).unique())
    spellings = names.groupby(names.map(plain)).agg(list)
    # Titles of Wikipedia that differ in punctuation alone: none of ours may.
    assert spellings[spellings.map(len) > 1].tolist() == []
    # An author who needs a disambiguator has it everywhere, and redirects of Wikipedia are not used beside their
    # article.
    authors = {name for names in shipped.books["authors"] for name in names}
    assert not {name.partition(" (")[0] for name in authors if " (" in name} & set(names)
    redirects = (
        "World War Two;Second World War;First World War;Holocaust;Alfred Knopf;Knopf;Man Booker Prize;Orange Prize;"
        "US;USA;St. Petersburg;Leningrad;Petrograd;Calcutta;Bombay;Kiev;Peking;Fyodor Dostoyevsky;Tolstoy;Homosexual;"
        "Alcoholic;Magical realism;Sci-fi;Coming of age;Mental illness;Short stories;Historical novel;Gothic novel;"
        "Detective novel"
    )
    assert not set(redirects.split(";")) & set(names)


def test_the_shipped_columns_are_clean(shipped):
    books = shipped.books
    assert books.columns.tolist() == ["title", "author", "year", "country", "language", "genre", "authors", "genres"]
    assert books.index.equals(pd.RangeIndex(len(books))) and not books.isna().any(axis=None)
    assert books["year"].dtype == "Int64" and books["year"].between(-1000, 2023).all() and books["year"].min() < -300
    assert (books["genres"].map(len) >= 1).all() and (books["authors"].map(len) >= 1).all()
    assert (books["genre"] == books["genres"].map(lambda names: names[0])).all()
    text = pd.concat([shipped.pairs["link"], books["title"], books["country"], books["language"]])
    assert not text.str.contains(r"[\t|_\n]|^\s|\s$|  |^$|’|^(?:Category|File|Wikipedia):").any()
    assert books["country"].nunique() > 50 and books["genre"].nunique() > 50


def test_authors_and_genres_are_links_and_a_book_is_not_its_own(shipped):
    pairs = set(shipped.pairs.itertuples(index=False, name=None))
    assert {
        ("War and Peace", link) for link in ("Leo Tolstoy", "Historical fiction", "Napoleon", "Sergei Bondarchuk")
    } <= pairs
    for book in shipped.books.itertuples():
        assert {(book.title, name) for name in (*book.authors, *book.genres)} <= pairs
        assert (book.title, book.title) not in pairs
    row = shipped.books.set_index("title").loc["Good Omens"]
    assert (
        row["authors"] == ("Terry Pratchett", "Neil Gaiman")
        and row["author"] == "Terry Pratchett, Neil Gaiman"
        and row["year"] == 1990
    )


def test_a_books_labels_are_its_authors_and_genres_and_the_answers_all_of_them(shipped):
    labels = shipped.labels(["Good Omens", "War and Peace"])
    assert labels["author"] == [["Terry Pratchett", "Neil Gaiman"], ["Leo Tolstoy"]]
    facts = shipped.books.set_index("title").loc["Good Omens"]
    assert labels["author or genre"][0] == [*facts["authors"], *facts["genres"]] and len(facts["genres"]) > 0
    assert {
        "Leo Tolstoy",
        "Historical fiction",
        *facts["genres"],
    } <= shipped.answers and "Napoleon" not in shipped.answers
    with pytest.raises(KeyError, match="Good Omen'"):
        shipped.labels(["Good Omen"])


@pytest.mark.skipif(not INFOBOXES.exists(), reason="Koehrsen's infoboxes are not at hand")
def test_the_authors_are_those_of_wikipedias_infoboxes(shipped):
    def fold(text):
        return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()

    theirs = {}
    with open(INFOBOXES, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["author"]:
                theirs.setdefault(row["title"], []).append(fold(row["author"]))
    agree = [
        any(
            fold(re.sub(r" \(.*\)", "", name)).split()[-1] in author
            for name in book.authors
            for author in theirs[book.title]
        )
        for book in shipped.books.itertuples()
        if book.title in theirs
    ]
    assert len(agree) > 1000 and sum(agree) >= 0.98 * len(agree)


# --- Wikipedia's books, in Koehrsen's format ---


def line(title, infobox=None, links=(), *more):
    return json.dumps([title, infobox or {}, list(links), [], "2018-09-01T00:00:00Z", 10, *more])


def written(tmp_path, *lines):
    path = tmp_path / "books.ndjson"
    path.write_bytes(b"\n".join(text if isinstance(text, bytes) else text.encode() for text in lines) + b"\n")
    return path


def test_links_are_filtered_as_koehrsen_did(tmp_path):
    links = [
        "  Hardcover",
        "Paperback#Trade_paperback",
        "e-Book",
        "Category:1999 novels",
        "Wikipedia:WikiProject Books",
        ":Category:X",
        "File:a.jpg",
        "image:b",
    ]
    links += [
        ":fr:Guerre et Paix",
        "wikt:war",
        "s:War",
        "Template:X",
        "",
        " ",
        "#Plot",
        "Talk:War",
        "WIKIPEDIA: x",
    ]  # all of these go
    links += [
        "War",
        "war ",
        "WAR#Causes",
        "World_War  II",
        "Baldur's Gate II: Shadows of Amn",
        "Star Trek: Voyager",
        "Simon  &  Schuster",
    ]
    kept = {"war", "world war ii", "baldur's gate ii: shadows of amn", "star trek: voyager", "simon & schuster"}
    path = written(
        tmp_path,
        line("A", links=links),
        "",
        line("Wikipedia:WikiProject Novels/A", links=["War"]),
        line("B", None, ["War", "Peace"], "more"),
    )
    books = load_books(path, min_books=1)
    assert isinstance(books, Books) and books.books["title"].tolist() == ["A", "B"]
    assert set(books.pairs.itertuples(index=False, name=None)) == {("A", link) for link in kept} | {
        ("B", "war"),
        ("B", "peace"),
    }
    assert len(books.pairs) == 7
    assert load_books(path, min_books=2).pairs.to_dict("records") == [
        {"title": "A", "link": "war"},
        {"title": "B", "link": "war"},
    ]
    assert load_books(path).pairs.empty and len(load_books(path).books) == 2  # default: links of four books
    assert {"hardcover", "paperback", "hardback", "e-book"} <= NOT_TOPICS["formats"]


def test_an_article_that_comes_twice_is_one_book(tmp_path):
    path = written(
        tmp_path,
        line("A", {"author": "X"}, ["War"]),
        line("A", {"author": "Y"}, ["War", "Peace"]),
        line(" A ", {}, ["Love"]),
    )
    books = load_books(path, min_books=1)
    assert books.books["author"].tolist() == ["X"] and books.pairs["link"].tolist() == ["war", "peace", "love"]


@pytest.mark.parametrize(
    "infobox, expected",
    [
        (
            {
                "author": "Leo Tolstoy",
                "release_date": "1869 < ref name=x/ >",
                "country": "Russia",
                "language": "Russian language",
            },
            {
                "authors": ("Leo Tolstoy",),
                "author": "Leo Tolstoy",
                "year": 1869,
                "country": "Russia",
                "language": "Russian",
            },
        ),
        (
            {
                "author": "William Burroughs < br / > Brion Gysin",
                "pub_date": "12 May 1978 (US), 1979 (UK)",
                "country": "US, UK",
            },
            {"authors": ("William Burroughs", "Brion Gysin"), "year": 1978, "country": "United States"},
        ),
        (
            {
                "authors": "Charles Misner, Kip Thorne, and John Wheeler",
                "published": "1973 (Freeman)",
                "country": "England",
            },
            {"authors": ("Charles Misner", "Kip Thorne", "John Wheeler"), "year": 1973, "country": "United Kingdom"},
        ),
        (
            {"genre": "historical novel < br > Science Fiction/LGBT, Science fiction"},
            {"genre": "Historical novel", "genres": ("Historical novel", "Science fiction", "LGBT")},
        ),
        (
            {"author": "Arkady and Boris Strugatsky < !-- brothers -- >"},
            {"authors": ("Arkady Strugatsky", "Boris Strugatsky")},
        ),
        ({"author": "Harry Warner, Jr."}, {"authors": ("Harry Warner Jr.",)}),
        ({"author": "Stiglitz, Joseph"}, {"authors": ("Joseph Stiglitz",)}),
        ({"author": "Kingsley Amis, edited by Zachary Leader"}, {"authors": ("Kingsley Amis",)}),
        ({"author": "Ian Stewart  &  Jack Cohen"}, {"author": "Ian Stewart, Jack Cohen"}),
        ({"release_date": "about 1045 BC"}, {"year": None}),
        (
            {
                "author": "< !-- unknown -- >",
                "country": "",
                "release_date": "soon",
                "language": None,
                "genre": " < br > ",
            },
            {
                "authors": (),
                "author": None,
                "year": None,
                "country": None,
                "language": None,
                "genre": None,
                "genres": (),
            },
        ),
    ],
)
def test_the_infobox_is_read(tmp_path, infobox, expected):
    row = load_books(written(tmp_path, line("A", infobox))).books.iloc[0]
    for column, value in expected.items():
        assert pd.isna(row[column]) if value is None else row[column] == value, (column, row[column])


MALFORMED = {
    2: (b"{not json", r"not JSON: Expecting property name.* at character 2"),
    3: (b'{"title": "A"}', "a JSON dict, not a list"),
    4: (b'["A", {}]', r"2 fields, not 6 \(title, infobox, wikilinks"),
    5: (b'["A", [], [], [], "t", 1]', "infobox is of type list, not dict"),
    6: (b'["A", {}, ["x", 3], [], "t", 1]', "wikilinks holds 3, not only str"),
    7: (b'["\xff", {}, [], [], "t", 1]', "not UTF-8: invalid start byte at byte 2"),
    8: (b'[7, {}, [], [], "t", 1]', "title is of type int, not str"),
    9: (b'[" ", {}, [], [], "t", 1]', "the title is empty"),
    10: (b'["A", {}, [], [], "t", "1"]', "bytes is of type str, not int"),
}


def test_malformed_lines_are_reported_with_their_numbers(tmp_path):
    path = written(tmp_path, line("Good"), *(text for text, _ in MALFORMED.values()), line("Better"))
    with pytest.raises(ValueError, match=r"books.ndjson has 9 malformed lines:\n") as raised:
        load_books(path)
    said = str(raised.value).splitlines()
    for (number, (_, what)), text in zip(MALFORMED.items(), said[1:], strict=False):
        assert re.search(f"^  line {number}: {what}", text)
    assert said[-1].endswith("on_error='skip'.") and len(said) == 11
    with pytest.warns(UserWarning, match=r"has 9 malformed lines:\n  line 2: not JSON(.|\n)*They are left out"):
        assert load_books(path, on_error="skip").books["title"].tolist() == ["Good", "Better"]


def test_only_ten_malformed_lines_are_told(tmp_path):
    with pytest.raises(ValueError, match=r"  line 10: .*\n  … and 5 more\n"):
        load_books(written(tmp_path, *["?"] * 15))


def test_wrong_arguments_of_load_books(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file .*wikibook'.*or 'wikibooks', or None for the shipped list"):
        load_books("wikibook")
    with pytest.raises(FileNotFoundError):
        load_books(tmp_path)
    with pytest.raises(ValueError, match="min_books=0: it must be at least 1"):
        load_books(min_books=0)
    with pytest.raises(ValueError, match="on_error='ignore': it must be 'raise' or 'skip'"):
        load_books(on_error="ignore")


def test_min_books_holds_for_the_shipped_list_too(shipped):
    counts = shipped.pairs["link"].value_counts()
    assert len(load_books(min_books=4).pairs) == counts[counts >= 4].sum() and len(
        load_books(min_books=4).books
    ) == len(shipped.books)


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_packed_file_and_a_byte_order_mark_are_read(tmp_path, packed, mark):
    content = mark + line("A", {"author": "X"}, ["War"]).encode()
    path = tmp_path / "books.ndjson.gz"
    path.write_bytes(gzip.compress(content) if packed else content)
    books = load_books(path, min_books=1)
    assert books.books["title"].tolist() == ["A"] and books.pairs["link"].tolist() == ["war"]


@pytest.mark.parametrize(
    "text, what",
    [
        (r'["A\ud800", {}, [], [], "t", 1]', "holds half of a surrogate pair"),
        (r'["A\udfffB", {}, [], [], "t", 1]', "holds half of a surrogate pair"),
        (r'["A", {}, ["x", "\udead"], [], "t", 1]', "holds half of a surrogate pair"),
        (r'["A", {"author": "X\ud83d"}, [], [], "t", 1]', "infobox's 'author' holds half of a surrogate pair"),
        (r'["A\u0000", {}, [], [], "t", 1]', "holds a NUL"),
        (r'["A", {}, ["x\u0000"], [], "t", 1]', "holds a NUL"),
        ("[" * 100_000, "nested too deeply"),
        ('["A", {}, [], [], "t", ' + "1" * 5000 + "]", "4300 digits"),
    ],
)
def test_what_no_frame_can_hold_is_a_malformed_line(tmp_path, text, what):
    path = written(tmp_path, line("Good", {"author": "X \U0001f4da"}, ["War"]), text)
    with pytest.raises(ValueError, match=f"has 1 malformed line:\n  line 2: .*{what}"):
        load_books(path)
    with pytest.warns(UserWarning, match=f"  line 2: .*{what}"):
        books = load_books(path, on_error="skip", min_books=1)
    assert books.books["title"].tolist() == ["Good"] and books.pairs["link"].tolist() == ["war"]


def test_two_spellings_of_a_title_or_link_are_one(tmp_path):
    cafe = "Caf\u00e9", "Cafe\u0301"
    books = load_books(written(tmp_path, *(line(title, links=cafe) for title in cafe)), min_books=1)
    assert books.books["title"].tolist() == [cafe[0]] and books.pairs["link"].tolist() == [cafe[0].lower()]


HOSTILE = {  # each took minutes: some pattern looked through the rest for each of these
    "footnotes that nobody closed": "<ref>" * 80_000,
    "asides that nobody closed": "<small>" * 60_000,
    "closed before they are opened": "</ref>" * 30_000 + "<ref>" * 50_000,
    "a line break that does not end": "<br" + " " * 400_000,
    "empty lines": "\n" * 400_000,
    "brackets": "(" * 400_000,
    "comments": "<!--" * 100_000,
    "a number that is no character": "&#" + "1" * 400_000 + ";",
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_an_infobox_of_400_kB_takes_linear_time(text):
    box = dict.fromkeys(("author", "release_date", "country", "language", "genre"), text)
    assert from_infobox(box)["year"] is None


@pytest.mark.parametrize(
    "text, plain",
    [
        ("A<ref>no</ref>B", "A B"),
        ("A<ref name=x>no<ref>no</ref>B</ref>C", "A B C"),
        ("A<ref>B", "A B"),
        ("A</ref>B<ref>C<small>no</small>", "A B C"),
        ("A<REF name='x' />B</ref>", "A B"),
        ("A<!-- no <ref> -->B<!--no", "A B"),
        ("A (no (yes)) B", "A (no ) B"),
        ("A[[B]]<ref>(</ref>)", "A B )"),
    ],
)
def test_notes_are_left_out(text, plain):
    assert " ".join(from_infobox({"author": text})["authors"]) == plain


@pytest.mark.parametrize(
    "name",
    [
        "x <img src=q onerror=alert(1)>.ndjson",
        "x <script>alert(1)<script>.ndjson",
        "[x](javascript:alert(1)).ndjson",
        "![x](q).ndjson",
        "`<b>x<b>`.ndjson",
        "x\n\n<b>y.ndjson",
        "$x$ *y* __z__ &lt; ~~w~~ a|b #",
    ],
)
def test_a_files_name_is_shown_as_it_is(tmp_path, name):
    from markdown_it import MarkdownIt

    path = tmp_path / name
    path.write_text(line("A"))
    for card in (load_books(path).card, load_text8(path).card):
        tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(card)
        kinds = {child.type for token in tokens for child in token.children or [token]}
        assert kinds <= {"heading_open", "heading_close", "paragraph_open", "paragraph_close", "text", "text_special"}
        shown = "".join(child.content for token in tokens for child in token.children or [])
        assert shown.count(" ".join(name.split())) == 2  # in the heading and at the end of the path
        assert not re.search(r"(?<!\\)\$", card)  # JupyterLab would set a formula


@pytest.mark.skipif(not SAMPLE.exists(), reason="Koehrsen's 900 books are not at hand")
def test_real_lines_need_no_special_case():
    books = load_books(SAMPLE)
    raw = [json.loads(text) for text in SAMPLE.read_text(encoding="utf-8").splitlines()]
    assert len(books.books) == len(raw) - 1 == 899  # one is a page of the WikiProject Sailor Moon
    # Independently: the frequent links of the plainest kind, counted with no code of ours.
    easy = Counter(
        link
        for row in raw[:]
        if not row[0].startswith("Wikipedia:")
        for link in {link.strip().lower() for link in row[2]}
        if re.fullmatch("[a-z ]+", link)
    )
    ours = books.pairs["link"].value_counts()
    for link in ("science fiction", "world war ii", "new york city", "arkham house", "judge dee"):
        assert ours[link] >= easy[link] >= 4 and ours[link] <= easy[link] + 3  # sections and underscores add a few
    assert ours.min() >= 4 and not books.pairs.duplicated().any()
    assert (
        not {"paperback", "hardcover", "hardback", ""} & set(ours.index)
        and not books.pairs["link"].str.match("(category|wikipedia|file|image):").any()
    )
    known = books.books.notna().mean()
    assert (known[["author", "year", "language", "country", "genre"]] > [0.95, 0.95, 0.85, 0.8, 0.7]).all()
    assert books.books["year"].dropna().between(1400, 2018).all()
    text = pd.concat([books.books[column].dropna() for column in ("author", "country", "language", "genre")])
    assert not text.str.contains(r"[<>\n\[\]]|--|  ").any()
    row = books.books.set_index("title").loc["In Praise of Shadows"]
    assert row["author"] == "Jun'ichirō Tanizaki" and row["year"] == 1933 and row["country"] == "Japan"


# --- wikibooks: the same, fetched ---


def test_wikibooks_is_the_parsed_file_from_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(tmp_path))
    with pytest.raises(DatasetError, match="run `embedviz fetch wikibooks` once"):
        load_books("wikibooks")
    path = written(
        tmp_path,
        *(line(title, {"author": "X and Y Z", "release_date": "1900"}, ["War", "Love", title]) for title in "ABCD"),
        line("E"),
        "oops",
    )
    with pytest.warns(
        UserWarning, match="found.ndjson has 1 malformed line:\n  line 6"
    ):  # never in the way of the other 37,020
        tables = DATASETS["wikibooks"].parse({"found.ndjson": path.read_bytes()})
    folder = entry_folder(DATASETS["wikibooks"])
    folder.mkdir(parents=True)
    store(folder, tables)
    for options in ({}, {"min_books": 1}):
        cached = load_books("wikibooks", **options)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            direct = load_books(path, on_error="skip", **options)
        pd.testing.assert_frame_equal(cached.books, direct.books)
        pd.testing.assert_frame_equal(cached.pairs, direct.pairs)
    assert len(load_books("wikibooks").pairs) == 8 and cached.books["authors"][0] == ("X Z", "Y Z")


def store(folder, tables):
    """What `artifacts.fetch` leaves in the cache."""
    import hashlib

    hashes = {}
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False)
        hashes[name] = hashlib.sha256((folder / f"{name}.parquet").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps({"tables": hashes}))


# --- Films (`make setup` fetches them) ---


def test_films(films):
    assert (
        len(films.films) == 17_472
        and films.films["film"].is_unique
        and films.films["year"].agg(["min", "max"]).tolist() == [1940, 2014]
    )
    # The count of the raw table is 312,607; 157 of those are the "Jr." and "III" of names with a comma.
    assert len(films.pairs) == 312_450 and len(films.pairs.drop_duplicates(["film", "entity"])) == 302_023
    assert films.pairs.columns.tolist() == ["film", "entity", "kind"] and not films.pairs.duplicated().any()
    assert set(films.pairs["kind"]) == set(FILM_KINDS) and set(films.pairs["film"]) <= set(films.films["film"])
    assert (films.pairs["entity"].str.strip() == films.pairs["entity"]).all() and films.pairs["entity"].ne("").all()
    assert not films.pairs["entity"].isin(["Jr.", "Sr.", "III"]).any()


def test_a_film_is_what_wikidata_says(films):
    row = films.films.set_index("film").loc["The Intouchables (2011)"]
    assert (
        row["directors"] == ("Olivier Nakache", "Éric Toledano") and row["director"] == "Olivier Nakache, Éric Toledano"
    )
    assert (
        row["country"] == "France"
        and row["genres"] == ("Biography", "Comedy", "Drama")
        and row["runtime"] == 112
        and row["imdb"] == "tt1675434"
    )
    mine = films.pairs[films.pairs["film"] == "The Intouchables (2011)"]
    assert {
        ("Omar Sy", "cast"),
        ("Éric Toledano", "writer"),
        ("Éric Toledano", "director"),
        ("French", "language"),
    } <= set(zip(mine["entity"], mine["kind"]))
    same = films.films[films.films.duplicated(["title", "year"], keep=False)]
    assert len(same) == 10 and "Noise (2007, Henry Bean)" in set(same["film"])


def test_a_films_labels_are_its_directors_and_genres(films):
    labels = films.labels(["The Intouchables (2011)"])["director or genre"]
    assert labels == [["Olivier Nakache", "Éric Toledano", "genre: Biography", "genre: Comedy", "genre: Drama"]]
    assert {"Éric Toledano", "Drama"} <= films.answers and not {"Omar Sy", "French"} & films.answers


def test_empty_means_missing_and_names_with_commas_are_mended():
    database = sqlite3.connect(":memory:")
    columns = "ID, imdbID, Title, Year, Runtime, " + ", ".join(f'"{name}"' for name in FILM_KINDS.values())
    database.execute(f"CREATE TABLE omdb ({columns})")
    rows = [
        (1, "tt1", "One", 1950, 90.0, "Ann", None, "Ann, Ed Begley, Jr., Ed Begley, Ann", "", "France, Italy", None),
        (2, "tt2", "Two", 1950, None, "", None, "", "", None, "French"),
        (3, "tt3", "Two", 1950, None, "Ann", None, "", "Drama", "France", ""),
        (4, "tt4", "Two", 1950, None, "Ann", None, "", "Drama", "France", ""),
    ]
    database.executemany(f"INSERT INTO omdb VALUES ({', '.join('?' * 11)})", rows)
    tables = DATASETS["films"].parse({"movies.db": database.serialize()})
    database.close()
    films = tables["films"]
    assert films["film"].tolist() == ["One (1950)", "Two (1950, #2)", "Two (1950, Ann #3)", "Two (1950, Ann #4)"]
    assert films["country"].fillna("").tolist() == ["several", "", "France", "France"] and films[
        "runtime"
    ].isna().tolist() == [
        False,
        True,
        True,
        True,
    ]
    assert films[["director", "genre", "language"]].iloc[1].isna().tolist() == [True, True, False]
    pairs = tables["pairs"]
    assert sorted(zip(pairs["entity"], pairs["kind"]))[:4] == [
        ("Ann", "cast"),
        ("Ann", "director"),
        ("Ann", "director"),
        ("Ann", "director"),
    ]
    assert pairs.loc[pairs["kind"] == "cast", "entity"].tolist() == ["Ann", "Ed Begley Jr.", "Ed Begley"]


def test_films_are_never_downloaded_by_a_loader(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(tmp_path))
    with pytest.raises(DatasetError, match="run `embedviz fetch films` once"):
        load_films()
    assert not list(tmp_path.iterdir())


# --- Flights (`make setup` fetches them) ---


def test_flights(flights):
    table = flights.flights
    assert len(table) == 336_776 and table["time_hour"].dt.tz is not None
    assert table[["carrier", "origin", "dest", "tailnum"]].nunique().tolist() == [16, 3, 105, 4_043]
    assert (table["sched_dep_time"] == 100 * table["hour"] + table["minute"]).all()
    assert set(table["carrier"]) == set(flights.airlines["carrier"]) and flights.airports["faa"].is_unique
    assert set(table["dest"]) - set(flights.airports["faa"]) == {"BQN", "PSE", "SJU", "STT"}
    # The first flight of the year, as R's nycflights13 prints it.
    first = [
        "year",
        "month",
        "day",
        "dep_time",
        "sched_dep_time",
        "dep_delay",
        "arr_time",
        "carrier",
        "flight",
        "tailnum",
        "origin",
        "dest",
    ]
    assert table.loc[0, first].tolist() == [2013, 1, 1, 517, 515, 2, 830, "UA", 1545, "N14228", "EWR", "IAH"]
    assert repr(flights) == "Flights(336,776 flights of 16 airlines to 105 airports with 4,043 planes)"


def test_only_empty_and_na_are_missing_in_flights():
    def text(name, **values):
        columns = dict.fromkeys(FLIGHT_TABLES[name], "x") | values
        return (",".join(columns) + "\n" + ",".join(columns.values()) + "\n").encode()

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(
            "flights.csv", text("flights", tailnum="NA", dest="NULL", time_hour="2013-01-01T10:00:00Z", dep_time="NA")
        )
    members = {f"a/data/{name}.csv": text(name) for name in ("airports", "airlines", "planes")}
    members |= {
        "a/data/weather.csv": text("weather", time_hour="2013-01-01T10:00:00Z"),
        "a/data/flights.csv.zip": archive.getvalue(),
    }
    tables = DATASETS["flights"].parse(members)
    row = tables["flights"].iloc[0]
    assert list(tables) == list(FLIGHT_TABLES) and row["dest"] == "NULL" and row[["tailnum", "dep_time"]].isna().all()
    assert row["time_hour"] == pd.Timestamp("2013-01-01 10:00", tz="UTC")


def test_flights_are_never_downloaded_by_a_loader(tmp_path, monkeypatch):
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(tmp_path))
    with pytest.raises(DatasetError, match="run `embedviz fetch flights` once"):
        load_flights()
    assert not list(tmp_path.iterdir())


def test_the_card_of_the_flights_counts_right(flights):
    table, card = flights.flights, flights.card.replace("\n", " ")
    for number, what in (
        (len(table), "flights that left"),
        (table["dep_time"].isna().sum(), "flights have no departure time"),
        (table["air_time"].isna().sum(), "no air time"),
        (table["tailnum"].isna().sum(), "no tail number"),
        (
            len(set(table["tailnum"].dropna()) - set(flights.planes["tailnum"])),
            "of the tail numbers are not in the table of planes",
        ),
        (len(flights.airports), "airports and their coordinates"),
        (len(flights.planes), "planes"),
        (len(flights.weather), "hours of weather"),
    ):
        assert f"{number:,} {what}" in card


# --- Cards and the registry ---


@pytest.mark.parametrize("name", ["books", *DATASETS])
def test_a_card_says_what_one_must_know(name):
    card = dataset_card(name)
    assert card.startswith(f"# {name}: ")
    for heading in ("What it is.", "Source.", "Licence.", "What it is not.", "Citation."):
        assert f"**{heading}**" in card
    assert "{" not in card


def test_the_cards_count_right(shipped, films):
    counts = shipped.pairs["link"].value_counts()
    for number in (len(shipped.books), len(shipped.pairs), len(counts), (counts >= 4).sum()):
        assert f"{number:,}" in shipped.card
    for number in (
        len(films.films),
        len(films.pairs),
        len(films.pairs.drop_duplicates(["film", "entity"])),
        films.pairs["entity"].nunique(),
    ):
        assert f"{number:,}" in films.card
    cast = films.pairs.loc[films.pairs["kind"] == "cast", "film"].nunique()
    assert f"{len(films.films) - cast:,} films have no cast" in films.card.replace("\n", " ")
    assert (
        repr(shipped) == f"Books({len(shipped.books):,} books, {len(shipped.pairs):,} pairs with {len(counts):,} links)"
    )
    assert repr(films).startswith("Films(17,472 films, ")


def test_the_registry_knows_its_names():
    assert all(isinstance(entry, Dataset) and entry.name == name for name, entry in DATASETS.items())
    assert DATASETS["films"].default and DATASETS["flights"].default and not DATASETS["wikibooks"].default
    with pytest.raises(DatasetError, match="no dataset 'film': did you mean 'films'"):
        registry.dataset("film")
    with pytest.raises(DatasetError, match="no dataset 'zzz': there are 'books', 'films', 'flights', 'wikibooks'"):
        dataset_card("zzz")


@pytest.mark.slow
def test_loading_needs_no_torch_and_the_second_fetch_no_network():
    code = """
import socket, sys
def refuse(*_): raise AssertionError("a loader used the network")
socket.socket.connect = refuse
from embedviz.datasets.books import load_books
from embedviz.datasets.films import FILM_KINDS, load_films
from embedviz.datasets.flights import FLIGHT_TABLES, load_flights
from embedviz.__main__ import main
load_books(), load_films(), load_flights()
assert main(["fetch"]) == 0
slow = {"torch", "matplotlib", "sklearn", "unearth", "plotly", "umap"} & set(sys.modules)
assert not slow, slow
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_the_cached_tables_are_plain(films):
    tables = load(DATASETS["films"])
    assert list(tables) == ["films", "pairs"] and len(tables["films"].columns) == len(films.films.columns)


# --- MovieLens ---


@pytest.fixture(scope="module")
def movielens():
    return load_movielens()


def test_movielens_has_the_published_counts(movielens):
    ratings, users, films = movielens.ratings, movielens.users, movielens.films
    assert (len(users), len(films), len(ratings)) == (943, 1682, 100_000)
    assert repr(movielens) == "MovieLens(100,000 ratings of 1,682 films by 943 users)"
    assert (
        set(ratings["user"]) == set(users["user"])
        and set(ratings["film"]) == set(films["film"])
        and films["film"].is_unique
    )
    assert not ratings.duplicated(["user", "film"]).any() and not ratings.isna().any(axis=None)
    assert ratings["rating"].value_counts().to_dict() == {
        1: 6110,
        2: 11370,
        3: 27145,
        4: 34174,
        5: 21201,
    }  # GroupLens' README
    assert ratings["user"].value_counts().min() == 20
    assert ratings["time"].min().year == 1997 and ratings["time"].max() < pd.Timestamp("1998-05-01", tz="UTC")


def test_movielens_columns_are_clean(movielens):
    users, films = movielens.users, movielens.films
    assert users["age"].between(7, 73).all() and users["gender"].value_counts().to_dict() == {"M": 670, "F": 273}
    assert users["occupation"].nunique() == 21 and (users["zip"].str.len() == 5).all()
    [unknown] = films[films["year"].isna()].itertuples()
    assert unknown.film == "unknown" and unknown.genres == ()
    assert (
        films["film"][1411] == "Land Before Time III: The Time of the Great Giving (1995)"
        and films["year"][1411] == 1995
    )
    assert films["film"][films["genres"].map(len) == 0].tolist() == ["unknown", "Good Morning (1971)"]
    assert films["year"].min() == 1922 and films["year"].max() == 1998
    genres = {genre for own in films["genres"] for genre in own}
    assert len(genres) == 18 and {"Children's", "Sci-Fi", "Film-Noir"} < genres
    doubles = films[films["film"].str.contains(" #")]
    assert len(doubles) == 36 and not films.drop(doubles.index).duplicated(["title", "year"]).any()


def test_movielens_is_parsed_from_the_bytes():
    files = {
        "a/ml.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
        "2\t7\t4\t881250949\n2\t9\t1\t881250950\n",
        "a/ml.user": "user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token\n"
        "2\t33\tF\tnone\t02139\n",
        "a/ml.item": "item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq\n"
        '7\tSay "Yes"\t1995\tDrama Sci-Fi\n8\tunkonwn\tunkonwn\tunknown\n11\tTime III (1995)\tV\tWar\n'
        "9\tTwin\t1990\tunknown\n10\tTwin\t1990\tWar\n",
    }
    tables = DATASETS["movielens"].parse({name: text.encode() for name, text in files.items()})
    assert tables["films"]["film"].tolist() == [
        'Say "Yes" (1995)',
        "unknown",
        "Time III (1995)",
        "Twin (1990) #9",
        "Twin (1990) #10",
    ]
    assert tables["films"]["genres"].tolist() == [("Drama", "Sci-Fi"), (), ("War",), (), ("War",)]
    assert tables["ratings"]["film"].tolist() == ['Say "Yes" (1995)', "Twin (1990) #9"]
    assert tables["ratings"]["time"][0] == pd.Timestamp("1997-12-04 15:55:49", tz="UTC")
    assert tables["users"].iloc[0].tolist() == [
        "2",
        33,
        "F",
        "none",
        "02139",
    ]  # "none" is an occupation, not a missing one
