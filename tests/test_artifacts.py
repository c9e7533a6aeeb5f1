"""Pinned artifacts, fetched from a package index (and a GitHub) that this file serves on the loopback."""

import gzip
import hashlib
import http.server
import io
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import filelock
import pandas as pd
import pytest
from pip._internal.models.index import PyPI  # the default that pip itself has
from waiting import answering

from embedviz.__main__ import main
from embedviz.datasets import books, texts, web_libraries
from embedviz.datasets import registry as registry_module
from embedviz.datasets.registry import DATASETS
from embedviz.datasets.store import cache as artifacts
from embedviz.datasets.store import package_index, transfer
from embedviz.datasets.store.artifacts import GitBlob, PackageFile, WebFile
from embedviz.datasets.store.cache import Dataset, entry_folder, fetch, load, state
from embedviz.datasets.store.package_index import DatasetError, IndexSettings, Source
from embedviz.datasets.web_libraries import library_files

WORDS = b"war peace war\n"
WHEEL, SDIST = (
    "tiny_data-1.0-cp27-cp27m-win32.whl",
    "tiny-sdist-2.0.tar.gz",
)  # a wheel that no Python here could install


def a_wheel(members=(("tiny/words.txt", WORDS), ("tiny/__init__.py", b"raise SystemExit('imported')"))):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content)
    return buffer.getvalue()


def an_sdist(marker):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        files = {
            "setup.py": f"open({str(marker)!r}, 'w')".encode(),
            "data/a.txt": b"war",
            "data/b.txt": b"peace",
            "data/deep/c.txt": b"no",
        }
        for name, content in files.items():
            info = tarfile.TarInfo(f"tiny-sdist-2.0/{name}")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("tiny-sdist-2.0/data/link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return buffer.getvalue()


class Index(http.server.ThreadingHTTPServer):
    """A package index.

    Attributes:
        files: {path: its content, a status, or a function that answers in place of the handler}.
        headers: {path: further headers}.
        asked: the paths, in order.
        cut: how often a file breaks off.
        busy: how often the answer is 503.
        slow: seconds before a file comes.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.headers, self.asked, self.cut, self.busy, self.slow = {}, {}, [], 0, 0, 0.0
        self.url = f"http://127.0.0.1:{self.server_port}"

    def add(self, package, filename, content):
        self.files[f"/files/{filename}"] = content
        self.files[f"/simple/{package}/"] = (
            f'<html><body><a href="/files/{filename}">{filename}</a></body></html>'.encode()
        )


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path = urlsplit(self.path).path  # a proxy is asked for a whole URL
        self.server.asked.append(self.path)
        content = self.server.files.get(path)
        if self.server.busy > 0:
            self.server.busy -= 1
            content = 503
        if callable(content):
            content(self)
            return
        if content is None or isinstance(content, int):
            self.send_error(content or 404)
            return
        page = path.startswith("/simple")
        if not page:
            time.sleep(self.server.slow)
        self.send_response(200)
        headers = {
            "Content-Type": "text/html" if page else "application/octet-stream",
            "Content-Length": str(len(content)),
            **self.server.headers.get(path, {}),
        }
        for header in headers.items():
            self.send_header(*header)
        self.end_headers()
        if not page and self.server.cut > 0:
            self.server.cut -= 1
            content = content[:-5]
            self.close_connection = True
        self.wfile.write(content)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def index():
    with answering(Index()) as server:
        yield server


@pytest.fixture(autouse=True)
def clean(monkeypatch, tmp_path):
    """A cache of its own, and no pip settings or proxy of this machine."""
    for name in list(os.environ):
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(package_index, "PAUSE_S", 0)


@pytest.fixture
def settings(monkeypatch, index):
    """Settings that lead to `index` without asking pip, which takes half a second."""
    monkeypatch.setattr(
        IndexSettings, "from_pip", classmethod(lambda cls: cls((Source(f"{index.url}/simple"),), timeout=5))
    )


def count_words(members):
    words = pd.Series(b" ".join(members.values()).decode().split()).value_counts()
    return {"words": pd.DataFrame({"word": words.index, "n": words.to_numpy()})}


def tiny(content=None, **changes):
    content = content or a_wheel()
    artifact = PackageFile(
        "tiny-data", "1.0", WHEEL, hashlib.sha256(content).hexdigest(), len(content), ("tiny/words.txt",)
    )
    return Dataset("tiny", replace(artifact, **changes), count_words, 1, about="for tests", tables=("words",))


def blob(content, api):
    blob_id = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    artifact = GitBlob("owner/name", blob_id, "words.txt", api)
    return Dataset("blob", artifact, count_words, 1, about="for tests", tables=("words",))


@pytest.fixture
def fetched(index, settings):
    index.add("tiny-data", WHEEL, a_wheel())
    assert fetch(tiny(), progress=False)
    return tiny()


def table_of(dataset):
    """The one file of a table in the cache."""
    [path] = entry_folder(dataset).glob("*.parquet")
    return path


def files_below(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in Path(folder).rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


# --- It works ---


def test_a_wheel_is_fetched_once_and_then_loaded_offline(index, fetched):
    assert state(fetched) == "fetched"
    asked = list(index.asked)
    assert not fetch(fetched)
    words = load(fetched)["words"]
    assert dict(zip(words["word"], words["n"])) == {"war": 2, "peace": 1}
    assert index.asked == asked == ["/simple/tiny-data/", f"/files/{WHEEL}"]
    assert fetch(fetched, force=True) and len(index.asked) == 4
    assert {str(path.parent) for path in files_below(os.environ["EMBEDVIZ_CACHE"])} == {
        f"datasets/tiny-{fetched.artifact.sha256[:16]}-1"
    }


def test_nothing_of_an_sdist_is_run_and_links_in_it_are_not_followed(index, settings, tmp_path):
    content = an_sdist(tmp_path / "ran")
    index.add("tiny-sdist", SDIST, content)
    artifact = PackageFile(
        "tiny-sdist", "2.0", SDIST, hashlib.sha256(content).hexdigest(), len(content), ("tiny-sdist-2.0/data/*.txt",)
    )
    seen = []
    dataset = Dataset(
        "sdist", artifact, lambda members: seen.append(members) or count_words(members), 1, "", ("words",)
    )
    assert fetch(dataset, progress=False)
    assert seen == [{"tiny-sdist-2.0/data/a.txt": b"war", "tiny-sdist-2.0/data/b.txt": b"peace"}]
    assert sorted(load(dataset)["words"]["word"]) == ["peace", "war"] and not (tmp_path / "ran").exists()


def test_a_git_blob_is_named_by_its_content(index, monkeypatch, settings):
    known = GitBlob("o/n", "ce013625030ba8dba906f756967f9e9ca394464a", "hello")  # echo hello | git hash-object --stdin
    dataset = replace(blob(b"", index.url), artifact=replace(known, api=index.url))
    path = f"/repos/o/n/git/blobs/{known.blob_id}"
    index.files[path] = b"hello\n"
    assert fetch(dataset, progress=False) and load(dataset)["words"]["word"].tolist() == ["hello"]

    index.files[path] = b"hello!\n"
    with pytest.raises(DatasetError, match=f"gave git blob .*, not {known.blob_id}; it was thrown away unread"):
        fetch(dataset, force=True, progress=False)
    index.files[path] = 403
    with pytest.raises(DatasetError, match="the server answers 403"):
        fetch(dataset, force=True, progress=False)
    assert load(dataset)["words"]["word"].tolist() == ["hello"]


def test_text8_comes_from_the_web_and_is_checked(index, monkeypatch, settings):
    content = a_wheel([("text8", b" anarchism originated as a term"), ("readme", b"no")])
    text8 = texts.TEXT8
    assert isinstance(text8.artifact, WebFile) and not text8.default and len(text8.artifact.sha256) == 64
    artifact = replace(text8.artifact, url=f"{index.url}/dc/text8.zip", sha256=hashlib.sha256(content).hexdigest())
    served = replace(text8, artifact=artifact)
    monkeypatch.setattr(texts, "TEXT8", served)
    monkeypatch.setitem(DATASETS, "text8", served)
    with pytest.raises(DatasetError, match="run `embedviz fetch text8` once"):
        texts.load_text8()
    index.files["/dc/text8.zip"] = content
    assert main(["fetch", "text8"]) == 0
    assert texts.load_text8().text == " anarchism originated as a term" and "text8" in texts.load_text8().card

    index.files["/dc/text8.zip"] = a_wheel([("text8", b" another text")])
    with pytest.raises(DatasetError, match=f"gave SHA-256 .*, not {artifact.sha256}; it was thrown away unread"):
        fetch(served, force=True, progress=False)
    index.files["/dc/text8.zip"] = 404
    with pytest.raises(DatasetError, match="cannot get .*404"):
        fetch(served, force=True, progress=False)
    assert texts.load_text8().text == " anarchism originated as a term"


def test_a_library_for_the_site_comes_from_npms_registry(index, monkeypatch, settings):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in (("dist/x.js", b"let x;"), ("LICENSE", b"MIT"), ("package.json", b'{"scripts": 1}')):
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    content = buffer.getvalue()
    sha256 = hashlib.sha256(content).hexdigest()
    library = web_libraries.npm_library("@scope/x", "1.0", sha256, len(content), ("dist/*.js",), "for tests")
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"{index.url}/npm/")
    with pytest.raises(DatasetError, match="cannot get .*@scope/x"):
        library_files(library)
    index.files["/npm/@scope/x/-/x-1.0.tgz"] = content
    assert library_files(library) == {"dist/x.js": b"let x;", "LICENSE": b"MIT"}
    del index.files["/npm/@scope/x/-/x-1.0.tgz"]
    assert library_files(library)["dist/x.js"] == b"let x;"  # from the cache

    index.files["/npm/@scope/x/-/x-1.0.tgz"] = content[:-1] + b"?"
    with pytest.raises(DatasetError, match="gave SHA-256 .*; it was thrown away unread"):
        fetch(library, force=True, progress=False)


def test_koehrsens_vectors_come_from_github_and_belong_to_his_books(index, monkeypatch, settings):
    ours, theirs = books.WIKIBOOKS, books.KOEHRSEN_VECTORS
    assert theirs.artifact.blob_id == "6ccf561872e6aa89a6459793111b39c4666f0ad0" and not theirs.default
    lines = [json.dumps([title, {}, ["war"], [], "2018-09-01", 1]) for title in ("B", "A", "C")]
    table = "".join("\t".join(f"{x:.18e}" for x in row) + "\n" for row in ([1, 0], [0.6, -0.8], [0, 1]))
    for dataset, name, content in ((ours, "WIKIBOOKS", "\n".join(lines)), (theirs, "KOEHRSEN_VECTORS", table)):
        served = replace(dataset, artifact=replace(blob(content.encode(), index.url).artifact, filename="f"))
        index.files[f"/repos/owner/name/git/blobs/{served.artifact.blob_id}"] = content.encode()
        monkeypatch.setattr(books, name, served)
        monkeypatch.setitem(DATASETS, dataset.name, served)
    with pytest.raises(DatasetError, match="run `embedviz fetch wikibooks` once"):
        books.load_koehrsen_vectors()
    assert main(["fetch", "wikibooks"]) == 0
    with pytest.raises(DatasetError, match="run `embedviz fetch koehrsen-vectors` once"):
        books.load_koehrsen_vectors()
    assert main(["fetch", "koehrsen-vectors"]) == 0
    got = books.load_koehrsen_vectors()
    assert got.titles == ["B", "A", "C"] and got.vectors.dtype == "float32" and got.vectors.shape == (3, 2)
    assert got.vectors[1].tolist() == pytest.approx([0.6, -0.8]) and "koehrsen-vectors" in got.card
    assert repr(got) == "KoehrsenVectors(3 books, 2 dimensions)"

    index.files[f"/repos/owner/name/git/blobs/{books.KOEHRSEN_VECTORS.artifact.blob_id}"] = table.encode()[:-4]
    assert main(["fetch", "--force", "koehrsen-vectors"]) == 1  # other bytes: thrown away unread
    assert books.load_koehrsen_vectors().vectors.shape == (3, 2)


def test_vectors_of_another_number_of_books_are_refused(monkeypatch):
    frames = {"wikibooks": {"books": pd.DataFrame({"title": ["A"]})}}
    frames["koehrsen-vectors"] = {"vectors": pd.DataFrame([[1.0], [2.0]])}
    monkeypatch.setattr(books, "load", lambda dataset: frames[dataset.name])
    with pytest.raises(ValueError, match="2 vectors for 1 books"):
        books.load_koehrsen_vectors()
    with pytest.raises(ValueError, match="different lengths"):
        books.KOEHRSEN_VECTORS.parse({"f": b"1\t2\n3\n"})


def test_a_text_of_ones_own_instead_of_text8(tmp_path):
    (tmp_path / "mine.txt").write_text("war and peace", encoding="utf-8")
    assert texts.load_text8(tmp_path / "mine.txt").text == "war and peace"
    (tmp_path / "old.txt").write_bytes("caf\u00e9".encode("latin-1"))
    with pytest.raises(ValueError, match="old.txt is not UTF-8: .*0xe9 at byte 3"):
        texts.load_text8(tmp_path / "old.txt")
    with pytest.raises(FileNotFoundError, match="no-such.txt"):
        texts.load_text8(tmp_path / "no-such.txt")


def test_a_new_parser_or_artifact_never_reads_the_old_entry(fetched):
    for other in (replace(fetched, parser_version=2), tiny(sha256="0" * 64)):
        assert state(other) == "not fetched"
        with pytest.raises(DatasetError, match="not on this computer yet: run `embedviz fetch tiny` once"):
            load(other)


def test_a_download_that_breaks_off_once_is_tried_again(index, settings):
    index.add("tiny-data", WHEEL, a_wheel())
    index.cut = 1
    assert fetch(tiny(), progress=False) and index.asked.count(f"/files/{WHEEL}") == 2


def test_progress_goes_to_standard_error(index, settings, capsys):
    index.add("tiny-data", WHEEL, a_wheel())
    fetch(tiny())
    out, err = capsys.readouterr()
    assert out == "" and f"tiny: fetching {WHEEL} of tiny-data 1.0" in err


# --- It fails, and what was there stays ---


def fails(dataset, match, force=True):
    """A fetch raises `match`, and the cache is as it was."""
    cache = Path(os.environ["EMBEDVIZ_CACHE"])
    before = files_below(cache)
    with pytest.raises(DatasetError, match=match):
        fetch(dataset, force=force, progress=False)
    assert files_below(cache) == before


def test_a_wrong_hash_is_refused_before_anything_is_read(index, fetched, monkeypatch):
    index.add("tiny-data", WHEEL, a_wheel([("tiny/words.txt", b"evil")]))
    monkeypatch.setattr(PackageFile, "read", lambda *_: pytest.fail("read before it was checked"))
    fails(
        fetched,
        f"has SHA-256 [0-9a-f]{{64}}, not {fetched.artifact.sha256}; it was thrown away unread(.|\n)*do not use it",
    )
    assert load(fetched)["words"]["n"].sum() == 3


def test_a_second_index_helps_when_the_first_has_the_wrong_file(index, monkeypatch):
    index.add("tiny-data", WHEEL, a_wheel([("tiny/words.txt", b"evil")]))
    index.files["/good"] = a_wheel()
    index.files["/simple2/tiny-data/"] = f'<a href="/good/{WHEEL}">x</a>'.encode()
    index.files[f"/good/{WHEEL}"] = a_wheel()
    sources = (Source(f"{index.url}/simple"), Source(f"{index.url}/nothing"), Source(f"{index.url}/simple2"))
    monkeypatch.setattr(IndexSettings, "from_pip", classmethod(lambda cls: cls(sources, timeout=5)))
    # (a page below /simple is what the handler calls HTML)
    assert fetch(tiny(), progress=False) and load(tiny())["words"]["n"].sum() == 3


def test_no_network(fetched, monkeypatch):
    monkeypatch.setattr(
        IndexSettings,
        "from_pip",
        classmethod(lambda cls: cls((Source("http://user:secret@127.0.0.1:9/simple"),), timeout=5)),
    )
    fails(fetched, r"http://\*\*\*@127.0.0.1:9/simple: the network fails after 3 attempts: (.|\n)*Check the network")
    assert load(fetched)["words"]["n"].sum() == 3


def test_a_download_that_keeps_breaking_off(index, fetched):
    index.cut = 10
    fails(fetched, "the network fails after 3 attempts: ")


def test_the_package_or_the_file_is_not_there(index, fetched):
    fails(replace(fetched, artifact=replace(fetched.artifact, package="other")), "no tiny_data-1.0.* there: .*404")
    fails(tiny(filename="tiny_data-1.1.tar.gz"), "no tiny_data-1.1.tar.gz there: it has the versions 1.0")


@pytest.mark.parametrize("stage", ["download", "store"])
def test_a_full_disk(fetched, monkeypatch, stage):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("no /dev/full here")

    def opened(path, mode="r"):
        return open(full if mode == "wb" else path, mode, buffering=0)

    if stage == "download":
        monkeypatch.setattr(transfer, "open", opened, raising=False)
    else:

        def write(*_, **__):
            with opened("", "wb") as file:
                file.write(b"x")

        monkeypatch.setattr(pd.DataFrame, "to_parquet", write)
    fails(fetched, "the disk is full. What was there is unchanged. Make room, or set .* EMBEDVIZ_CACHE")
    assert load(fetched)["words"]["n"].sum() == 3


def truncate(folder):
    [path] = folder.glob("*.parquet")
    path.write_bytes(path.read_bytes()[:-9])


def flip(folder):
    [path] = folder.glob("*.parquet")
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)


def remove(folder):
    [path] = folder.glob("*.parquet")
    path.unlink()


def says(text):
    """Damage: the manifest is `text`, where SHA stands for the hash that it should name."""

    def damage(folder):
        manifest = folder / "manifest.json"
        [sha256] = json.loads(manifest.read_text())["tables"].values()
        manifest.write_bytes(text.replace("SHA", sha256).encode())

    return damage


OTHER_SHAPES = [
    "",
    "{",
    "[]",
    "3",
    "null",
    '"tables"',
    "{}",
    '{"tables": []}',
    '{"tables": null}',
    '{"tables": "words"}',
    '{"tables": ["words"]}',
    '{"tables": {}}',
    '{"tables": {"words": null}}',
    '{"tables": {"words": 3}}',
    '{"tables": {"words": {}}}',
    '{"tables": {"words": "SHA0"}}',
    '{"tables": {"words": "../../../../../x"}}',
    '{"tables": {"words": "SHA", "more": "SHA"}}',
    '{"tables": {"Words": "SHA"}}',
    '{"tables": {"../words": "SHA"}}',
    '{"tables": {"\\ud800": "SHA"}}',
    '{"tables": {"": "SHA"}}',
    "[" * 100_000,
]


@pytest.mark.parametrize(
    "damage",
    [truncate, flip, remove, *map(says, OTHER_SHAPES), lambda folder: (folder / "manifest.json").write_bytes(b"\xff")],
)
def test_a_damaged_cache_is_noticed_and_mended(index, fetched, damage, capsys):
    folder = entry_folder(fetched)
    damage(folder)
    assert state(fetched).startswith("damaged: ")
    with pytest.raises(
        DatasetError, match=r"the cached dataset 'tiny' is damaged \(.*\): run `embedviz fetch tiny`, which replaces"
    ):
        load(fetched)
    content = index.files.pop(f"/files/{WHEEL}")
    fails(fetched, "the server answers 404", force=False)  # still there, for whoever wants to rescue it
    index.files[f"/files/{WHEEL}"] = content
    assert fetch(fetched) and load(fetched)["words"]["n"].sum() == 3
    assert "the cached copy is damaged" in capsys.readouterr().err


def test_what_a_killed_process_left_is_cleared_away(fetched):
    folder = entry_folder(fetched)
    left = folder.parent / f".{folder.name}.abc.tmp"
    left.mkdir()
    (left / "artifact").write_bytes(b"half")
    assert fetch(fetched, force=True, progress=False) and not left.exists()


@pytest.mark.parametrize("name", ["../words.txt", "/words.txt", "..\\words.txt"])
def test_a_path_that_leads_out_of_the_artifact(index, settings, tmp_path, name):
    content = a_wheel([(name, WORDS)])
    index.add("tiny-data", WHEEL, content)
    members = ("../*",) if name[0:3] == "../" else ("/*",) if name[0] == "/" else ("*",)
    before = set(tmp_path.rglob("words.txt"))
    fails(tiny(content, members=members), "leads out of it: it is not to be trusted")
    assert set(tmp_path.rglob("words.txt")) == before


def test_a_member_that_is_not_there(index, settings):
    index.add("tiny-data", WHEEL, a_wheel())
    fails(
        tiny(members=("tiny/*/words.txt",)),
        r"holds no plain file 'tiny/\*/words.txt'; it holds 2, among them \['tiny/__init__.py'",
    )


# --- However often a process is killed, and whoever reads meanwhile ---

KILL = {"at": None, "seen": 0}


class Killed(BaseException):
    pass


def _audit(event, arguments):
    """From the n-th step that changes the disk on, no step is done any more: what is left is what a kill leaves."""
    changes = event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod") or (
        event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
    )
    if KILL["at"] is not None and changes:
        KILL["seen"] += 1
        if KILL["seen"] >= KILL["at"]:
            raise Killed


@pytest.fixture(scope="module", autouse=True)
def _can_be_killed():
    sys.addaudithook(_audit)  # for good; it does nothing unless KILL says when


def killed(step, action):
    """Whether `action` was killed at this step, counted from 1."""
    KILL.update(at=step, seen=0)
    try:
        action()
    except Killed:
        return True
    finally:
        KILL["at"] = None
    return False


def as_the_first_version_left_it(dataset):
    """The entry with its table called by its name alone."""
    path = table_of(dataset)
    os.replace(path, path.with_name("words.parquet"))


def other_words(members):
    """What another version of the parser or of Parquet might make of the same bytes."""
    return {"words": count_words(members)["words"].assign(n=lambda words: words["n"] + 10)}


@pytest.mark.slow
@pytest.mark.parametrize("first_version", [False, True])
def test_killed_at_any_step_the_old_entry_or_the_new_one_is_there(index, fetched, first_version):
    other, step = replace(fetched, parse=other_words), 0
    files = dict(index.files)
    seen = set()
    while True:
        step += 1
        index.files = files
        assert fetch(fetched, force=True, progress=False) and load(fetched)["words"]["n"].sum() == 3
        if first_version:
            as_the_first_version_left_it(fetched)
        done = not killed(step, lambda: fetch(other, force=True, progress=False))
        seen.add(load(fetched)["words"]["n"].sum())
        index.files = {}  # nobody to ask
        assert not fetch(fetched, progress=False) and load(fetched)["words"]["n"].sum() in (3, 23)
        if done:
            break
    assert step > 5 and seen == {3, 23}
    folder = entry_folder(fetched)
    assert {path.name for path in folder.iterdir()} == {"manifest.json", table_of(fetched).name}
    assert {path.name for path in folder.parent.iterdir()} == {folder.name, f".{folder.name}.lock"}


@pytest.mark.slow
def test_killed_at_any_step_of_the_first_fetch_there_is_nothing_or_all(index, settings):
    index.add("tiny-data", WHEEL, a_wheel())
    step = 0
    while killed(step := step + 1, lambda: fetch(tiny(), progress=False)):
        if state(tiny()) != "not fetched":
            assert load(tiny())["words"]["n"].sum() == 3
            shutil.rmtree(entry_folder(tiny()))
    assert step > 5 and load(tiny())["words"]["n"].sum() == 3


def test_what_the_first_version_left_between_two_renames_comes_back(index, fetched):
    as_the_first_version_left_it(fetched)
    folder = entry_folder(fetched)
    aside = folder.parent / f".{folder.name}.abc.tmp"
    aside.mkdir()
    os.replace(folder, aside / "old")
    assert state(fetched) == "not fetched"
    index.files = {}
    assert not fetch(fetched, progress=False)
    assert load(fetched)["words"]["n"].sum() == 3 and not aside.exists()


def test_a_cache_of_the_first_version_is_read(index, fetched):
    as_the_first_version_left_it(fetched)
    index.files = {}
    assert not fetch(fetched) and load(fetched)["words"]["n"].sum() == 3 and state(fetched) == "fetched"


def test_a_reader_whose_tables_go_looks_again(index, fetched, monkeypatch):
    read, other = Path.read_bytes, replace(fetched, parse=other_words)

    def slowly(path):
        content = read(path)
        if path.name == "manifest.json" and not done:
            done.append(path)
            fetch(other, force=True, progress=False)  # and clears the tables that `content` names
        return content

    done = []
    monkeypatch.setattr(Path, "read_bytes", slowly)
    assert load(fetched)["words"]["n"].sum() == 23 and done


@pytest.mark.slow
def test_readers_beside_writers_always_find_a_dataset(index, fetched, monkeypatch):
    parsers = [count_words, other_words] * 15
    threads = [
        threading.Thread(target=lambda: [fetch(replace(fetched, parse=parse), True, False) for parse in parsers])
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    reads = 0
    while any(thread.is_alive() for thread in threads):
        assert load(fetched)["words"]["n"].sum() in (3, 23)
        reads += 1
    for thread in threads:
        thread.join()
    assert reads > 10


# --- Two processes ---


def test_a_process_that_waits_for_another_says_so(index, settings, monkeypatch, capsys):
    monkeypatch.setattr(artifacts, "PATIENCE_S", 0.05)
    index.add("tiny-data", WHEEL, a_wheel())
    folder = entry_folder(tiny())
    folder.parent.mkdir(parents=True)
    waiting = threading.Thread(target=fetch, args=[tiny()])
    said, deadline = "", time.monotonic() + 60
    with filelock.FileLock(folder.parent / f".{folder.name}.lock"):
        waiting.start()
        while "waiting" not in said and time.monotonic() < deadline:
            time.sleep(0.01)
            said += capsys.readouterr().err
        assert index.asked == []
    waiting.join(60)
    assert "tiny: waiting for another process that is fetching it\n" in said
    assert load(tiny())["words"]["n"].sum() == 3


@pytest.mark.slow
def test_two_processes_download_once(index, tmp_path):
    index.add("tiny-data", WHEEL, a_wheel())
    index.slow = 1.0
    sha256 = hashlib.sha256(a_wheel()).hexdigest()
    code = f"""
import pandas as pd
from embedviz.datasets.store.cache import Dataset, fetch, load
from embedviz.datasets.store.artifacts import PackageFile
artifact = PackageFile("tiny-data", "1.0", {WHEEL!r}, {sha256!r}, {len(a_wheel())}, ("tiny/words.txt",))
parse = lambda members: {{"words": pd.DataFrame({{"word": [*members]}})}}
dataset = Dataset("tiny", artifact, parse, 1, "", ("words",))
print(fetch(dataset), load(dataset)["words"]["word"].tolist())
"""
    environment = os.environ | {"PIP_INDEX_URL": f"{index.url}/simple"}
    both = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = sorted(process.communicate(timeout=60)[0] for process in both)
    assert said == ["False ['tiny/words.txt']\n", "True ['tiny/words.txt']\n"]
    assert index.asked.count(f"/files/{WHEEL}") == 1


# --- A server that cannot be trusted, or is busy ---

BOMB = gzip.compress(bytes(200_000_000), compresslevel=1)


def answers(handler, pieces, **headers):
    """Answer with these headers and pieces, until nobody listens any more."""
    handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    try:
        for piece in pieces:
            handler.wfile.write(piece)
    except OSError:
        pass
    handler.close_connection = True


def slowly(content):
    for byte in itertools.cycle(content):
        time.sleep(0.02)
        yield bytes([byte])


def test_an_endless_file_is_not_read_to_its_end(index, fetched):
    sent = []

    def endless(handler):
        answers(handler, (sent.append(1) or bytes(1 << 16) for _ in itertools.count()))

    index.files[f"/files/{WHEEL}"] = endless
    fails(fetched, f"the server sends more than the {fetched.artifact.size:,} bytes that there should be")
    assert len(sent) << 16 < 50_000_000  # what the network holds on the way
    assert load(fetched)["words"]["n"].sum() == 3


def test_a_bomb_is_not_unpacked(index, fetched):
    index.files[f"/files/{WHEEL}"] = BOMB
    index.headers[f"/files/{WHEEL}"] = {"Content-Encoding": "gzip"}
    fails(fetched, "the server sends more than the .* bytes that there should be")


def test_an_endless_page_of_the_index_is_not_read_to_its_end(index, fetched, monkeypatch):
    monkeypatch.setattr("embedviz.datasets.store.transfer.PAGE_BYTES", 1_000_000)
    page = "/simple/tiny-data/"
    index.files[page] = BOMB
    index.headers[page] = {"Content-Encoding": "gzip"}
    fails(fetched, "the server sends more than the 1,000,000 bytes")
    index.files[page] = lambda handler: answers(handler, itertools.repeat(b"<a>" * 9999), Content_Type="text/html")
    fails(fetched, "the server sends more than the 1,000,000 bytes")


@pytest.mark.slow
@pytest.mark.parametrize("path", [f"/files/{WHEEL}", "/simple/tiny-data/"])
def test_a_byte_now_and_then_is_a_broken_network(index, fetched, monkeypatch, path):
    monkeypatch.setattr("embedviz.datasets.store.transfer.WINDOW_S", 0.2)
    content = index.files[path]
    index.files[path] = lambda handler: answers(handler, slowly(content), Content_Type="text/html")
    fails(fetched, "the network fails after 3 attempts: less than 1,000 bytes a second came")


def test_a_page_may_be_packed_and_a_gz_that_is_called_packed_is_the_file(index, settings, tmp_path):
    content = an_sdist(tmp_path / "ran")
    index.add("tiny-sdist", SDIST, content)
    page = "/simple/tiny-sdist/"
    index.files[page] = gzip.compress(index.files[page])
    for path in (page, f"/files/{SDIST}"):
        index.headers[path] = {"Content-Encoding": "gzip"}
    sha256 = hashlib.sha256(content).hexdigest()
    artifact = PackageFile("tiny-sdist", "2.0", SDIST, sha256, len(content), ("tiny-sdist-2.0/data/*.txt",))
    assert fetch(replace(tiny(), artifact=artifact), progress=False)


def test_what_is_packed_as_nobody_asked_for(index, fetched):
    for encoding, what in (("br", "as 'br', which nobody asked for"), ("gzip", "by gzip, and it is not")):
        index.headers[f"/files/{WHEEL}"] = {"Content-Encoding": encoding}
        fails(fetched, f"the server (packs|says that) its answer (is packed )?{what}")


@pytest.mark.parametrize("times", [1, 2])
def test_a_busy_server_is_asked_again(index, settings, times):
    index.add("tiny-data", WHEEL, a_wheel())
    index.busy = times
    assert fetch(tiny(), progress=False) and index.asked.count("/simple/tiny-data/") == 1 + times


def test_a_server_that_stays_busy(index, fetched):
    index.busy = 100
    fails(fetched, "/simple: the server answers 503 Service Unavailable")
    assert len(index.asked) == 2 + 3
    index.busy, index.files[f"/files/{WHEEL}"] = 0, 503
    fails(fetched, "/simple: the server answers 503 Service Unavailable")


@pytest.mark.parametrize(
    "page",
    [
        b"{",
        b"[]",
        b"3",
        b"\xff",
        b'{"files": 3}',
        b'{"files": [3]}',
        b'{"files": [{"url": 3}]}',
        b'{"files": [{"url": "http://[x"}]}',
        b'{"files": [{"url": "a-1.whl", "upload-time": "x"}]}',
        b"[" * 100_000,
    ],
)
def test_after_an_index_that_makes_no_sense_the_next_is_tried(index, monkeypatch, page):
    index.add("tiny-data", WHEEL, a_wheel())
    index.files["/simple0/tiny-data/"] = page
    index.headers["/simple0/tiny-data/"] = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
    sources = (Source(f"{index.url}/simple0"), Source(f"{index.url}/simple"))
    monkeypatch.setattr(IndexSettings, "from_pip", classmethod(lambda cls: cls(sources, timeout=5)))
    assert fetch(tiny(), progress=False) and load(tiny())["words"]["n"].sum() == 3
    index.files["/simple/tiny-data/"] = 404
    fails(tiny(), f"{index.url}/simple0: (its page cannot be read|no {WHEEL} there)")


# --- The settings of the user's machine ---


@pytest.mark.parametrize("where", ["pip", "ALL_PROXY", "https_proxy"])
@pytest.mark.parametrize(
    "proxy", ["socks5://user:secret@127.0.0.1:9", "ftp://user:secret@x:1", "http://user:secret@x:y"]
)
def test_a_proxy_that_cannot_be_used_is_named(monkeypatch, where, proxy):
    if where != "pip":
        monkeypatch.setenv(where, proxy)
    settings = IndexSettings(
        (Source("https://mirror.invalid/simple"),), proxy=proxy if where == "pip" else None, timeout=5
    )
    monkeypatch.setattr(IndexSettings, "from_pip", classmethod(lambda cls: settings))
    with pytest.raises(DatasetError) as raised:
        fetch(tiny(), progress=False)
    shown = proxy.replace("user:secret", "***")
    assert f"{where}={shown!r}".removeprefix("pip=") in str(raised.value) and "secret" not in str(raised.value)


def test_a_proxy_that_nobody_answers_at_is_named(monkeypatch):
    settings = IndexSettings((Source("https://mirror.invalid/simple"),), proxy="http://127.0.0.1:9", timeout=5)
    monkeypatch.setattr(IndexSettings, "from_pip", classmethod(lambda cls: settings))
    fails(tiny(), r"the network fails after 3 attempts: .*\(with pip's proxy='http://127.0.0.1:9'\)")


def test_a_certificate_of_the_environment_that_is_gone(monkeypatch, settings):
    monkeypatch.setenv("SSL_CERT_FILE", "/no/such.pem")
    fails(tiny(), r"the certificates cannot be read \(with SSL_CERT_FILE='/no/such.pem'")


@pytest.mark.parametrize("timeout", ["0", "-3", "nan", "inf"])
def test_a_timeout_that_makes_no_sense(monkeypatch, timeout):
    monkeypatch.setenv("PIP_TIMEOUT", timeout)
    with pytest.raises(DatasetError, match=f"pip's timeout is '{timeout}': it must be a number of seconds"):
        IndexSettings.from_pip()


@pytest.mark.parametrize(
    "url",
    [
        "https://me:pa/ss@127.0.0.1:9/simple",
        "https://me:12/se@ss@127.0.0.1:9/simple",
        "https://me:pa:ss@127.0.0.1:9/simple",
    ],
)
def test_a_password_is_never_shown_however_it_is_written(monkeypatch, url):
    assert package_index.redacted(url) == "https://***@127.0.0.1:9/simple"
    monkeypatch.setattr(IndexSettings, "from_pip", classmethod(lambda cls: cls((Source(url),), timeout=5)))
    monkeypatch.setattr(package_index, "ATTEMPTS", 1)
    with pytest.raises(DatasetError) as raised:
        fetch(tiny(), progress=False)
    assert (
        "ss@" not in str(raised.value) and "pa" not in str(raised.value).split("simple: ")[1].split("Check")[0].split()
    )
    assert ("%2F" in str(raised.value)) == ("pa/" in url)


def test_an_url_without_a_password_is_shown_as_it_is():
    for url in ("https://host:8080/simple", "/some/folder", "file:///some/folder"):
        assert package_index.redacted(url) == url


def test_pip_is_not_what_lies_in_the_working_folder(monkeypatch, tmp_path):
    (tmp_path / "pip.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.invalid/simple")
    assert IndexSettings.from_pip().sources == (Source("https://mirror.invalid/simple"),)
    assert not (tmp_path / "ran").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows guesses where another user's home is")
def test_a_cache_in_a_home_that_is_not_there(monkeypatch, capsys):
    monkeypatch.setenv("EMBEDVIZ_CACHE", "~no-such-user/cache")
    what = "EMBEDVIZ_CACHE is '~no-such-user/cache', but there is no home folder '~no-such-user'"
    for use in (load, state, fetch):
        with pytest.raises(DatasetError, match=what):
            use(tiny())
    for command in ("list", "fetch"):
        assert main([command]) == 1 and what in capsys.readouterr().err


def test_a_cache_that_cannot_be_read(fetched, monkeypatch, capsys):
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "read_bytes", refuse)
    what = "the cache of datasets cannot be read: .*Permission denied.*manifest.json.*EMBEDVIZ_CACHE"
    for use in (load, state, fetch):
        with pytest.raises(DatasetError, match=what):
            use(fetched)
    assert main(["list"]) == 1 and re.search(what, capsys.readouterr().err)


def test_a_cache_that_is_no_folder(index, settings, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("EMBEDVIZ_CACHE", str(tmp_path / "file"))
    assert state(tiny()) == "not fetched"
    with pytest.raises(DatasetError, match="cannot store the dataset 'tiny' in .*file.*EMBEDVIZ_CACHE to another"):
        fetch(tiny())


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_cache_may_be_shared_as_the_umask_says(index, settings):
    index.add("tiny-data", WHEEL, a_wheel())
    before = os.umask(0o022)
    try:
        fetch(tiny(), progress=False)
    finally:
        os.umask(before)
    folder = entry_folder(tiny())
    assert [path.stat().st_mode & 0o777 for path in (folder, *folder.iterdir())] == [0o755, 0o644, 0o644]


# --- pip's settings ---


def test_settings_come_from_pips_files_and_variables(monkeypatch, tmp_path):
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://global.invalid/simple\ntimeout = 7\ntrusted-host = a.invalid\n    b.invalid\n"
        "[download]\nextra-index-url = https://one.invalid/simple https://two.invalid/simple\n"
        "[freeze]\nindex-url = https://no.invalid\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_FIND_LINKS", "/one /two")
    monkeypatch.setenv("PIP_PROXY", "proxy.invalid:3128")
    monkeypatch.setenv("PIP_TIMEOUT", "9")
    monkeypatch.setenv("PIP_CERT", "/some/cert.pem")
    assert IndexSettings.from_pip() == IndexSettings(
        sources=(
            Source("/one", is_index=False),
            Source("/two", is_index=False),
            Source("https://global.invalid/simple"),
            Source("https://one.invalid/simple"),
            Source("https://two.invalid/simple"),
        ),
        trusted_hosts=("a.invalid", "b.invalid"),
        cert="/some/cert.pem",
        proxy="http://proxy.invalid:3128",
        timeout=9.0,
    )


def test_settings_without_pip_or_with_a_broken_one(monkeypatch):
    def answers(code, stderr):
        monkeypatch.setattr(
            subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, code, "", stderr)
        )

    answers(1, "/usr/bin/python: No module named pip\n")
    assert IndexSettings.from_pip().sources == (Source(PyPI.simple_url + "/"),)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.invalid/simple")
    assert IndexSettings.from_pip().sources == (Source("https://mirror.invalid/simple"),)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert IndexSettings.from_pip().sources == ()
    fails(tiny(), r"no index is configured \(pip's no-index is set\)")
    answers(1, "ERROR: Configuration file contains invalid bytes\n")
    fails(tiny(), "`pip config list` fails, so the package index is unknown: ERROR: Configuration file")


def test_find_links_without_an_index(index, monkeypatch, tmp_path):
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / WHEEL).write_bytes(a_wheel())
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "wheels"))
    monkeypatch.setenv("PIP_NO_INDEX", "true")
    assert fetch(tiny(), progress=False) and load(tiny())["words"]["n"].sum() == 3


@pytest.mark.parametrize("variable", ["pip", "environment"])
def test_the_proxy_is_asked_also_for_trusted_hosts(index, monkeypatch, variable):
    index.add("tiny-data", WHEEL, a_wheel())
    if variable == "environment":
        monkeypatch.setenv("http_proxy", index.url)
    proxy = index.url if variable == "pip" else None
    settings = IndexSettings(
        (Source("http://mirror.invalid/simple"),), trusted_hosts=("mirror.invalid",), proxy=proxy, timeout=5
    )
    monkeypatch.setattr(IndexSettings, "from_pip", classmethod(lambda cls: settings))
    assert fetch(tiny(), progress=False)
    assert index.asked == ["http://mirror.invalid/simple/tiny-data/", f"http://mirror.invalid/files/{WHEEL}"]


def test_a_certificate_that_cannot_be_read(monkeypatch):
    monkeypatch.setattr(
        IndexSettings, "from_pip", classmethod(lambda cls: cls((Source("https://x.invalid"),), cert="/no/such.pem"))
    )
    fails(tiny(), r"the certificates cannot be read \(with pip's cert='/no/such.pem'\)")


def test_the_cache_folder_follows_the_platform_or_the_variable(monkeypatch, tmp_path):
    assert artifacts.cache_folder() == tmp_path / "cache" / "datasets"
    monkeypatch.delenv("EMBEDVIZ_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert artifacts.cache_folder() == tmp_path / "embedviz" / "datasets"


# --- The command line ---


@pytest.fixture
def registry(monkeypatch, index):
    """Two datasets: one that the index has, one that it has not."""
    entries = {"tiny": tiny(), "large": replace(blob(b"x", index.url), name="large", default=False)}
    monkeypatch.setattr("embedviz.datasets.command_line.DATASETS", entries)
    monkeypatch.setattr(registry_module, "DATASETS", entries)
    index.add("tiny-data", WHEEL, a_wheel())


def test_the_command_line(registry, settings, capsys):
    assert main(["fetch"]) == 0
    assert capsys.readouterr().out == f"tiny: fetched into {entry_folder(tiny())}\n"
    assert main(["fetch", "tiny", "books"]) == 0
    assert (
        capsys.readouterr().out
        == f"books: comes with embedviz, nothing to fetch\ntiny: already in {entry_folder(tiny())}\n"
    )
    assert main(["fetch", "--all"]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("tiny: already in") and "embedviz: cannot get words.txt of github.com/owner/name" in err
    assert main(["list"]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [
        ["books", "shipped"],
        ["tiny", "fetched"],
        ["large", "not"],
    ]


def test_the_command_line_misunderstood_or_interrupted(registry, settings, capsys, monkeypatch):
    assert main(["fetch", "tinny"]) == 2
    assert capsys.readouterr().err == "embedviz: no dataset 'tinny': did you mean 'tiny'?\n"
    with pytest.raises(SystemExit, match="2"):
        main([])

    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("embedviz.datasets.command_line.fetch", interrupt)
    assert main(["fetch"]) == 130
    assert "interrupted; what was there of 'tiny' is unchanged" in capsys.readouterr().err
