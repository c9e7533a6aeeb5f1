"""A real, small dump: 106 articles and 100 redirects of English Wikipedia in 2016, three of them books.

gensim's wheel brings it along for its own tests, so that it is here without a network.
"""

import hashlib
from pathlib import Path

from embedviz.datasets.store.artifacts import file_hash
from embedviz.datasets.store.package_index import DatasetError

EXCERPT = "enwiki-latest-pages-articles1.xml-p000000010p000030302-shortened.bz2"
SHA256 = "a53f4648dec40467ebdcbc7a1307eddb51fe6e28e9309f6ebde81ba0d04bea2d"


def excerpt_path() -> Path:
    """The excerpt, checked.

    Raises:
        DatasetError: it is not there, or another than the one of gensim 4.4.0.
    """
    import importlib.util

    path = Path(importlib.util.find_spec("gensim").origin).parent / "test" / "test_data" / EXCERPT
    if not path.is_file():
        raise DatasetError(f"no file {path}: install gensim 4.4.0 from its wheel")
    found = file_hash(path, hashlib.sha256())
    if found != SHA256:
        raise DatasetError(f"{path} has SHA-256 {found}, not {SHA256}: install gensim 4.4.0 anew")
    return path
