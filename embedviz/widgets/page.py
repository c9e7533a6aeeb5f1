"""A widget as a page of its own: one file that opens by double click, without a kernel or a network.

It holds what the kernel's widget model holds: its synced traits, and those of the widgets that it is made of. All
values travel in one gzipped block, as base64, so that no name can be taken for markup.
"""

import base64
import gzip
import html
import json
from collections.abc import Mapping
from pathlib import Path

import ipywidgets

from embedviz.base.files import write_atomically
from embedviz.widgets.bundle import bundle, styles

_ALIGN = 8  # bytes: a block begins where any kind of number may

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
<script type="module">
{code}
const values = document.getElementById("embedviz-values").textContent;
$use("{entry}").mount(document.getElementById("embedviz"), await $use("source.js").payloadSource(values));
</script>
</body>
</html>
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
    """Values of JSON and bytes as one text, which bytes.js unpacks; the same bytes twice are stored once."""
    blocks, places, size = [], {}, 0

    def head_of(value):
        nonlocal size
        if isinstance(value, (bytes, bytearray, memoryview)):
            content = bytes(value)
            if content not in places:
                places[content] = size
                blocks.append(content + b"\0" * (-len(content) % _ALIGN))
                size += len(blocks[-1])
            return {"$bytes": [places[content], len(content)]}
        if isinstance(value, Mapping):
            return {name: head_of(one) for name, one in value.items()}
        if isinstance(value, (list, tuple)):
            return [head_of(one) for one in value]
        return value

    head = json.dumps(head_of(values), ensure_ascii=False, allow_nan=False).encode()
    start = len(head).to_bytes(4, "little") + head
    start += b"\0" * (-len(start) % _ALIGN)
    return base64.b64encode(gzip.compress(start + b"".join(blocks), 9, mtime=0)).decode()


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
    page = PAGE.format(
        title=html.escape(title),
        css=styles(entry),
        picture=data["image/png"],
        alt=html.escape(metadata["image/png"]["alt"]),
        values=pack(values),
        code=bundle(entry, widget=True).rsplit("export default", 1)[0],
        entry=entry,
    )
    return write_atomically(path, lambda temporary: temporary.write_text(page, encoding="utf-8"))
