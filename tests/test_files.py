"""Files: written whole or not at all, where and for whom one expects them, and read as they are found."""

import gzip
import os
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from embedviz.base.files import cache_folder, read_bytes, read_text, user_path, write_atomically

posix = pytest.mark.skipif(os.name != "posix", reason="permissions and links are those of POSIX")


def write(text):
    return lambda path: path.write_text(text, encoding="utf-8")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@posix
@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077, 0o027])
@pytest.mark.parametrize("save", [write("x"), lambda path: np.savez(path, a=np.zeros(2))])
def test_a_new_file_honors_the_umask(tmp_path, umask, save):
    before = os.umask(umask)
    try:
        path = write_atomically(tmp_path / "x.npz", save)
    finally:
        os.umask(before)
    assert mode(path) == 0o666 & ~umask


@posix
def test_a_file_that_was_there_keeps_its_permissions(tmp_path):
    path = tmp_path / "x.txt"
    for permissions in (0o600, 0o640, 0o664):
        path.write_text("old")
        path.chmod(permissions)
        write_atomically(path, write("new"))
        assert path.read_text() == "new" and mode(path) == permissions


def test_the_home_is_expanded(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert write_atomically("~/deep/x.txt", write("x")) == tmp_path / "deep" / "x.txt"
    assert read_text("~/deep/x.txt") == "x" and read_bytes(Path("~/deep/x.txt")) == b"x"
    assert not Path("~").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows guesses where another user's home is")
def test_a_home_that_is_not_there_is_named(monkeypatch):
    for use in (user_path, read_text, lambda path: write_atomically(path, write("x"))):
        with pytest.raises(ValueError, match="'~no-such-user/x.txt', but there is no home folder '~no-such-user'"):
            use("~no-such-user/x.txt")
    monkeypatch.setenv("EMBEDVIZ_CACHE", "~no-such-user/cache")
    with pytest.raises(ValueError, match="EMBEDVIZ_CACHE is '~no-such-user/cache', but there is no home"):
        cache_folder()


def test_nobody_at_home_is_told_what_to_set(monkeypatch):
    monkeypatch.delenv("EMBEDVIZ_CACHE", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda *_, **__: "~/.cache/embedviz")  # what it says then
    with pytest.raises(ValueError, match="no home folder here: set the environment variable EMBEDVIZ_CACHE"):
        cache_folder()


@posix
@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed_and_stays(tmp_path, there):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "x.txt", tmp_path / "link.txt"
    if there:
        target.write_text("old")
    link.symlink_to("far/x.txt")
    assert write_atomically(link, write("new")) == link
    assert link.is_symlink() and target.read_text() == "new" and not target.is_symlink()
    assert [path.name for path in (tmp_path / "far").iterdir()] == ["x.txt"]


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")

    def fail(temporary):
        temporary.write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, fail)
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_the_longest_name_that_a_file_may_have(tmp_path):
    path = tmp_path / ("x" * 251 + ".npz")
    np.testing.assert_equal(np.load(write_atomically(path, lambda file: np.savez(file, a=1)))["a"], 1)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["x.txt.gz", "x.txt"])  # a browser may have unpacked it and kept the name, or not
@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_packed_texts_and_byte_order_marks(tmp_path, name, packed, mark):
    content = mark + "war and pâté\n".encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if packed else content)
    assert read_text(tmp_path / name) == "war and pâté\n" and read_bytes(tmp_path / name) == content


@pytest.mark.parametrize("damage", [lambda c: c[:-9], lambda c: c[:2], lambda c: c[:15] + b"\xff\xff" + c[17:]])
def test_a_damaged_gzip_file_is_named(tmp_path, damage):
    (tmp_path / "x.gz").write_bytes(damage(gzip.compress(b"war and peace, and peace and war")))
    with pytest.raises(ValueError, match=r"x\.gz is a damaged gzip file: "):
        read_text(tmp_path / "x.gz")


def test_what_is_not_utf8_or_no_file(tmp_path):
    (tmp_path / "x.txt").write_bytes(b"one\ncaf\xe9")
    with pytest.raises(ValueError, match=r"x\.txt is not UTF-8: .*0xe9 at byte 7 \(line 2\)"):
        read_text(tmp_path / "x.txt")
    for path in (tmp_path, tmp_path / "none.txt"):
        with pytest.raises(FileNotFoundError, match="no file"):
            read_text(path)
