"""A built site for the tests: its pages read without a browser, and served over loopback."""

import contextlib
import functools
import http.server
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from waiting import answering


def build(folder: Path, pages: Path, *options: str) -> subprocess.CompletedProcess:
    """`make site` without running chapters, in a process of its own: Sphinx leaves traces in the one that runs it."""
    command = [sys.executable, "-m", "embedviz.publish.site", "--no-run"]
    command += ["--out", str(folder), "--pages", str(pages), *options]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ)


class Reader(HTMLParser):
    """What a page has: ids, links, images, and how many elements that MathJax will draw."""

    def __init__(self, path: Path):
        super().__init__()
        self.ids, self.links, self.images, self.text, self._hidden = Counter(), [], [], [], 0
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        told = dict(attributes)
        if "id" in told:
            self.ids[told["id"]] += 1
        self.links += [told[name] for name in ("href", "data-page") if name in told]
        if tag == "img":
            self.images.append(told)
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag):
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._hidden:
            self.text.append(data)


def formulas(markdown: str) -> int:
    """How many formulas a Markdown text has, as JupyterLab reads it."""
    plain = re.sub(r"^```.*?^```|`[^`\n]+`|<!--.*?-->", "", markdown, flags=re.DOTALL | re.MULTILINE)
    display = re.compile(r"\$\$.+?\$\$", re.DOTALL)
    return len(display.findall(plain)) + len(
        re.findall(r"(?<!\\)\$(?!\s)[^$]+?(?<![\s\\])\$(?!\d)", display.sub("", plain))
    )


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder over loopback; gives its address, with "/" at its end."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    with answering(server):
        yield f"http://127.0.0.1:{server.server_port}/"
