"""What is in a page of its own that `to_html` has written: `from page_file import held`."""

import base64
import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path


def held(path: Path) -> dict:
    """What the page at `path` holds, unpacked as js/bytes.js does; what `compact` has coded stays {"$coded": …}."""
    text = path.read_text(encoding="utf-8")
    [packed] = re.findall(r'<script type="text/plain" id="embedviz-values">([^<]*)</script>', text)
    content = gzip.decompress(base64.b85decode(packed.replace(",", "<")))
    length = int.from_bytes(content[:4], "little")
    start = -(-(4 + length) // 8) * 8

    def filled(value):
        if isinstance(value, list):
            return [filled(one) for one in value]
        if not isinstance(value, dict) or "$coded" in value:
            return value
        if "$bytes" in value:
            offset, size, planes = value["$bytes"]
            block = content[start + offset : start + offset + size]
            items = [block[i * size // planes : (i + 1) * size // planes] for i in range(planes)]
            return b"".join(map(bytes, zip(*items)))
        return {name: filled(one) for name, one in value.items()}

    return filled(json.loads(content[4 : 4 + length])["values"])


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
