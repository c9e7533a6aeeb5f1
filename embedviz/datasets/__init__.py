"""The data of the workbook: `load_books()`, `load_films()`, `load_flights()`, `load_speeches()`, …

A loader returns a small dataclass: its frames (for books and films one that describes the items, and one of (item,
context) pairs for `embedviz.inputs.Pairs.from_frame`), and a data card in Markdown (`.card`, or `dataset_card(name)`)
that says where the data come from, under which license, and what they are not. Loaders work offline; `embedviz fetch`
gets what the package does not ship (see `datasets.store`).

To add a dataset: a module with its dataclass, its loader, a `parse` function from the bytes of its files to frames, and
its `Dataset` constant; the constant's name in `registry`; a card in `cards/<name>.md`.
"""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "books": ["Books", "KoehrsenVectors", "load_books", "load_koehrsen_vectors"],
        "films": ["Films", "load_films"],
        "flights": ["Flights", "great_circle_km", "load_flights"],
        "texts": ["Speeches", "Text8", "load_speeches", "load_text8"],
        "word_similarity": ["WordSimilarity", "load_word_similarity"],
        "movielens": ["MovieLens", "load_movielens"],
        "film_facts": ["film_facts"],
        "web_libraries": ["library_files"],
        "registry": ["DATASETS", "dataset", "dataset_card"],
        "store.package_index": ["DatasetError"],
    },
)
