"""What is in a page of its own that `to_html` has written: `from page_file import held`."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path


def held(path: Path) -> dict:
    """What the page at `path` holds, unpacked as js/bytes.js does."""
    [packed] = re.findall(
        r'<script type="text/plain" id="embedviz-values">([A-Za-z0-9+/=]*)</script>', path.read_text()
    )
    content = gzip.decompress(base64.b64decode(packed))
    length = int.from_bytes(content[:4], "little")
    start = -(-(4 + length) // 8) * 8

    def filled(value):
        if isinstance(value, list):
            return [filled(one) for one in value]
        if not isinstance(value, dict):
            return value
        if "$bytes" in value:
            offset, size = value["$bytes"]
            return content[start + offset : start + offset + size]
        return {name: filled(one) for name, one in value.items()}

    return filled(json.loads(content[4 : 4 + length]))


class PageParser(HTMLParser):
    """What a browser makes of a page: its title, the picture's text, how many scripts."""

    title, alt, scripts, _in = "", None, 0, ""

    def handle_starttag(self, tag, attributes):
        self._in, self.scripts = tag, self.scripts + (tag == "script")
        self.alt = dict(attributes).get("alt", self.alt)

    def handle_endtag(self, tag):
        self._in = ""

    def handle_data(self, data):
        self.title += data if self._in == "title" else ""
