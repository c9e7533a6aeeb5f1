"""A widget as a page of its own: one file that opens by double click, without a kernel or a network.

It holds what the kernel's widget model holds: its synced traits, and those of the widgets that it is made of. All
values travel in one gzipped block, as base 85, so that no name can be taken for markup. So does the code, as base64.
"""

import base64
import html
import json
import math
import posixpath
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from types import NoneType

import ipywidgets

from embedviz.base.files import write_atomically
from embedviz.widgets.bundle import JS, modules, styles
from embedviz.widgets.compact import Coded

_ALIGN = 8  # bytes: a block begins where any kind of number may

_NO_MARKUP = bytes.maketrans(b"<", b",")  # of the digits of base 85 as Python has them (RFC 1924)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0 auto; padding: 12px; max-width: 1240px; font-family: system-ui, Helvetica, Arial, sans-serif; }}
{css}</style>
</head>
<body>
<main id="embedviz"><h1 style="position: absolute; clip-path: inset(50%); width: 1px">{title}</h1></main>
<noscript><img src="data:image/png;base64,{picture}" alt="{alt}" style="max-width: 100%"></noscript>
<script type="text/plain" id="embedviz-values">{values}</script>
<script type="text/plain" id="embedviz-code">{code}</script>
<script type="module">
if (!globalThis.DecompressionStream) document.body.append("This page needs a browser of 2023 or later.");
const bytes = Uint8Array.from(atob(document.getElementById("embedviz-code").textContent), (c) => c.charCodeAt(0));
const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
const script = Object.assign(document.createElement("script"), {{ type: "module" }});
script.textContent = await new Response(stream).text();
document.body.append(script);
</script>
</body>
</html>
"""

START = """\
$use("page/show.js").show($use("{entry}").mount, {address}, document.getElementById("embedviz"),
  document.getElementById("embedviz-values").textContent);
"""


def values_of(widget: ipywidgets.Widget) -> dict:
    """The synced traits that a widget of ours adds to its kind, with widgets among them as {"$widget": theirs}."""
    kind = next(base for base in type(widget).__mro__ if base.__module__.startswith("ipywidgets."))
    own = set(kind.class_traits(sync=True))

    def plain(value):
        if isinstance(value, ipywidgets.Widget):
            return {"$widget": values_of(value)}
        if isinstance(value, (list, tuple)):
            return [plain(one) for one in value]
        if isinstance(value, Mapping):
            return {name: plain(one) for name, one in value.items()}
        return value

    return {name: plain(getattr(widget, name)) for name in widget.traits(sync=True) if name not in own}


def pack(values) -> str:
    """Values of JSON, bytes, and arrays coded by `compact`, as one text, which bytes.js unpacks.

    The same bytes twice are stored once.

    Raises:
        ValueError: a number is NaN or infinite, which JSON has no form for; the message names the place.
        TypeError: a value that is none of these.
    """
    blocks, places, groups = _Blocks(), {}, {}

    def head_of(value, place):
        if isinstance(value, (bytes, bytearray, memoryview)):
            content = bytes(value)
            if content not in places:
                places[content] = [blocks.size, len(content), blocks.add(content, most_planes=4)]
                blocks.align()
            return {"$bytes": places[content]}
        if isinstance(value, Coded):
            group = groups.setdefault(id(value.group), (len(groups), value.group))
            return {"$coded": [group[0], value.at]}
        if isinstance(value, Mapping):
            return {str(name): head_of(one, f"{place}.{name}") for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [head_of(one, f"{place}[{i}]") for i, one in enumerate(value)]
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{place} is {value}: JSON has no form for it; let it be None, or bytes of floats")
        if not isinstance(value, (str, int, float, NoneType)):
            raise TypeError(f"{place} is a {type(value).__name__}: a page holds text, numbers, bytes, lists and dicts")
        return value

    head = {"values": head_of(values, "values")}
    head["coded"] = [head_of(group, group["kind"]) for _, group in groups.values()]
    head = json.dumps(head, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    start = _Blocks()
    start.add(len(head).to_bytes(4, "little") + head)
    start.align()
    return base64.b85encode(_gzip(start, blocks)).translate(_NO_MARKUP).decode()


class _Blocks:
    """Blocks of bytes, one after the other, each compressed in the way that suits it.

    Attributes:
        size: bytes so far.
        parts: (bytes, the same compressed) of each part.
    """

    def __init__(self):
        self.size, self.parts = 0, []

    def add(self, content: bytes, most_planes: int = 1) -> int:
        """Add a block.

        Of numbers all first bytes may come first, then all second ones: the high ones, say, are much alike.

        Returns:
            Of how many bytes its items are, where they lie so, else 1.
        """
        sizes = [size for size in (1, 2, 4) if size <= most_planes and len(content) % size == 0]
        forms = [[content[i::size] for i in range(size)] for size in sizes]
        best = min(forms, key=lambda parts: sum(len(_deflated(part, _QUICK)) for part in parts))
        self.parts += [(part, _deflated(part)) for part in best]
        self.size += len(content)
        return len(best)

    def align(self) -> None:
        """Add zeros to where the next block may begin."""
        if self.size % _ALIGN:
            self.add(bytes(-self.size % _ALIGN))


_QUICK, _BEST = 3, 9  # levels of zlib


def _deflated(block, level=_BEST):
    """A part of a deflate stream that needs nothing of the parts before it.

    Where nothing comes twice, as in numbers that have been measured, looking for it costs more than it saves.
    """
    if not block:
        return b""
    found = []
    for strategy in (zlib.Z_DEFAULT_STRATEGY, zlib.Z_HUFFMAN_ONLY):
        stream = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS, 9, strategy)
        found.append(stream.compress(block) + stream.flush(zlib.Z_FULL_FLUSH))
    return min(found, key=len)


def _gzip(*several):
    """All blocks as one gzip file (RFC 1952)."""
    parts = [part for blocks in several for part in blocks.parts]
    content = b"".join(raw for raw, _ in parts)
    header, end = b"\x1f\x8b\x08\0\0\0\0\0\x02\xff", b"\x03\0"  # no name, no time; an empty last part
    sums = struct.pack("<II", zlib.crc32(content), len(content) % 2**32)
    return b"".join([header, *(deflated for _, deflated in parts), end, sums])


def write_page(path: str | Path, entry: str, values: dict, title: str, still: tuple[dict, dict]) -> Path:
    """Write the page that shows these values.

    Args:
        path: of the file; "~" is expanded. It is replaced only when the new one is complete.
        entry: the module under js/ that shows them.
        values: see `pack`.
        title: of the page.
        still: (data, metadata) of the picture where no script runs, see `still.png_bundle`.

    Returns:
        Where it is.

    Raises:
        OSError: it cannot be written.
    """
    data, metadata = still
    code = _Blocks()
    code.add(_script(entry).encode())
    page = PAGE.format(
        title=html.escape(title),
        css=styles(entry),
        picture=data["image/png"],
        alt=html.escape(metadata["image/png"]["alt"]),
        values=pack(values),
        code=base64.b64encode(_gzip(code)).decode(),
    )
    return write_atomically(path, page)


def _script(entry):
    """The code of a page: the entry and what shows it, and what its address keeps, where a module says so."""
    address, needed = posixpath.join(posixpath.dirname(entry), "address.js"), [entry, "page/show.js"]
    if (JS / address).exists():
        needed.append(address)
    kept = f'$use("{address}").address' if address in needed else "null"
    return modules(*needed) + START.format(entry=entry, address=kept)
