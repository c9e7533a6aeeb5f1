"""What `embedviz build-books` has built, read back."""

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from embedviz.datasets.dump.task_files import MANIFEST, read_manifest
from embedviz.datasets.wikipedia import topic


def read_result(folder: Path) -> tuple[list[dict], pd.DataFrame]:
    """The books of a result, and the topics that each links to, with Koehrsen's filters.

    Returns:
        One dict a book, of its first box: title, authors, year, country, language, genres (None or [] where unknown);
        and a frame of title and link, lower-cased, no row twice.

    Raises:
        FileNotFoundError: it holds no finished result.
        ValueError: the result is damaged.
    """
    try:
        read_manifest(folder)
        books = pq.read_table(folder / "books.parquet").to_pylist()
        links = pq.read_table(folder / "links.parquet", columns=["title", "link", "kind"]).to_pandas()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"no {MANIFEST} in {folder}: run `embedviz build-books … --out {folder}` to its end"
        ) from None
    rows = [book for book in books if book["box"] == 0 and not book["title"].lower().startswith("wikipedia:")]
    links = links[(links["kind"] == "article") & links["title"].isin([book["title"] for book in rows])]
    codes, different = pd.factorize(links["link"])
    topics = pd.Series([topic(link) for link in different], dtype="str").to_numpy()[codes]
    pairs = pd.DataFrame({"title": links["title"].to_numpy(), "link": topics}, dtype="str")
    return rows, pairs[pairs["link"] != ""].drop_duplicates(ignore_index=True)
