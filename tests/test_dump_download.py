"""Parts of a dump from URLs, on a loopback server: cut connections, resuming, size, checksums."""

import hashlib
import http.server
import random
import re

import pytest
from dumps import box, packed, page
from waiting import answering

from embedviz.__main__ import main
from embedviz.datasets.dump.download import download, read_checksums
from embedviz.datasets.store import package_index
from embedviz.datasets.store.package_index import DatasetError, IndexSettings, Session

CONTENT = random.Random(0).randbytes(300_000)


class Server(http.server.ThreadingHTTPServer):
    """Files, also in part.

    Attributes:
        files: {path: content}.
        tag: the files' ETag.
        cut: after how many bytes each of the next answers breaks off.
        ranges: the Range of each request, in order.
        whole: answer every request with the whole file.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.files, self.tag, self.cut, self.ranges, self.whole = {}, '"1"', [], [], False
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server, content = self.server, self.server.files.get(self.path)
        asked = self.headers.get("Range")
        server.ranges.append(asked)
        if content is None:
            return self.send_error(404)
        begin, total = 0, len(content)
        if asked and not server.whole and self.headers.get("If-Range", server.tag) == server.tag:
            begin = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
            if begin >= total:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{total}")
                self.send_header("Content-Length", "0")
                return self.end_headers()
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{total - 1}/{total}")
        self.send_header("ETag", server.tag)
        self.send_header("Content-Length", str(total - begin))
        self.end_headers()
        end = begin + server.cut.pop(0) if server.cut else total
        self.close_connection = True
        self.wfile.write(content[begin:end])

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    with answering(Server()) as made:
        made.files["/dump/a.bz2"] = CONTENT
        yield made


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr(package_index, "PAUSE_S", 0)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with Session(IndexSettings((), timeout=60)) as session:
        yield session


def get(server, session, folder, at_most=10**9):
    return download(f"{server.url}/dump/a.bz2", folder, session, at_most)


def test_a_part_comes_once(server, session, tmp_path):
    path = get(server, session, tmp_path)
    assert path.read_bytes() == CONTENT and get(server, session, tmp_path) == path
    assert server.ranges == [None] and [file.name for file in tmp_path.iterdir()] == ["a.bz2"]


def test_a_cut_download_goes_on_where_it_was(server, session, tmp_path):
    server.cut = [50_000] * 5  # more often than one tries: but it gets on
    assert get(server, session, tmp_path).read_bytes() == CONTENT
    began = [int(asked[6:-1]) for asked in server.ranges[1:]]
    assert server.ranges[0] is None and began == sorted(began) and began[0] > 0 and len(began) == 5
    assert [file.name for file in tmp_path.iterdir()] == ["a.bz2"]


def test_a_network_that_is_gone_leaves_what_has_come(server, session, tmp_path):
    server.cut = [100_000] + [0] * 20
    with pytest.raises(DatasetError, match="goes on from there"):
        get(server, session, tmp_path)
    assert (tmp_path / "a.bz2.partly").read_bytes() == CONTENT[:100_000] and not (tmp_path / "a.bz2").exists()
    server.cut = []
    server.ranges.clear()
    assert get(server, session, tmp_path).read_bytes() == CONTENT and server.ranges == ["bytes=100000-"]


@pytest.mark.parametrize("whole", [False, True])
def test_two_versions_are_never_put_together(server, session, tmp_path, whole):
    server.cut = [100_000] + [0] * 20
    with pytest.raises(DatasetError):
        get(server, session, tmp_path)
    server.cut, server.tag, server.whole = [], '"2"', whole  # or a server that knows no ranges
    server.files["/dump/a.bz2"] = other = CONTENT[::-1]
    assert get(server, session, tmp_path).read_bytes() == other


def test_a_whole_file_that_was_not_renamed_is_taken(server, session, tmp_path):
    (tmp_path / "a.bz2.partly").write_bytes(CONTENT)
    assert get(server, session, tmp_path).read_bytes() == CONTENT and server.ranges == [f"bytes={len(CONTENT)}-"]
    (tmp_path / "a.bz2").unlink()
    (tmp_path / "a.bz2.partly").write_bytes(CONTENT + b"more")
    assert get(server, session, tmp_path).read_bytes() == CONTENT


def test_a_file_that_is_too_long_is_refused_before_it_comes(server, session, tmp_path):
    with pytest.raises(DatasetError, match="300,000 bytes; at most 299,999"):
        get(server, session, tmp_path, at_most=299_999)
    assert len(server.ranges) == 1 and not (tmp_path / "a.bz2").exists()
    with pytest.raises(DatasetError, match="404"):
        download(f"{server.url}/nothing.bz2", tmp_path, session, 10)
    with pytest.raises(ValueError, match="does not end with a file's name"):
        download(f"{server.url}/dump/", tmp_path, session, 10)


def test_checksums_are_read_from_a_path_or_a_url(server, session, tmp_path):
    text = f"{'0' * 32}  a.bz2\n{'A' * 40} *dump/b.bz2\n\n"
    server.files["/sums"] = text.encode()
    (tmp_path / "sums").write_text(text)
    for source in (f"{server.url}/sums", str(tmp_path / "sums")):
        assert read_checksums(source, session, tmp_path) == {"a.bz2": "0" * 32, "b.bz2": "a" * 40}
    (tmp_path / "sums").write_text("<html>\n")
    with pytest.raises(ValueError, match="line 1"):
        read_checksums(str(tmp_path / "sums"), session, tmp_path)


@pytest.mark.parametrize("kind", ["md5", "sha1", "sha256"])
def test_the_command_takes_urls_and_checks_them(server, session, tmp_path, monkeypatch, capsys, kind):
    monkeypatch.setattr(IndexSettings, "from_pip", classmethod(lambda cls: cls((), timeout=60)))
    server.files["/b.xml.bz2"] = content = packed([page("B", box("X"))])
    server.files["/sums"] = f"{hashlib.new(kind, content).hexdigest()}  b.xml.bz2\n".encode()
    command = ["build-books", f"{server.url}/b.xml.bz2", "--workers", "0", "--checksums", f"{server.url}/sums"]
    assert main([*command, "--out", str(tmp_path)]) == 0 and "1 books" in capsys.readouterr().out
    (tmp_path / "downloads" / "b.xml.bz2").write_bytes(content[:-1])
    assert main([*command, "--out", str(tmp_path)]) == 1 and f"has {kind}" in capsys.readouterr().err
    server.files["/sums"] = f"{'0' * 64}  other.bz2\n".encode()
    assert main([*command, "--out", str(tmp_path)]) == 1 and "it names other.bz2" in capsys.readouterr().err
