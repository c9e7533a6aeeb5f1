"""What a code cell shows, as parts of a slide."""

import re

from embedviz.publish.slides.lecture import Part, Picture, Printed, Table, Text
from embedviz.publish.tables import one_header_row

WIDGET = "application/vnd.jupyter.widget-view+json"
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)
_WORDS_OF_WIDGET = re.compile(r"embedviz-static-\w+")


def parts_of_outputs(cell: dict) -> list[Part]:
    """What stands below a code cell; a widget's picture, words and living form are one `Picture`.

    Args:
        cell: as nbformat has it.
    """
    parts, widgets, ours = [], 0, False
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            parts.append(Printed("".join(output["text"]).rstrip("\n")))
            continue
        data = {kind: _joined(value) for kind, value in output.get("data", {}).items()}
        if WIDGET in data:
            if ours and parts and isinstance(parts[-1], Picture):
                parts[-1] = Picture(**{**vars(parts[-1]), "page": f"{cell['execution_count']}-{widgets}.html"})
            widgets, ours = widgets + ours, False
        elif "image/png" in data:
            known = output["metadata"].get("image/png", {})
            size = [round(float(known.get(side, 0))) for side in ("width", "height")]
            parts.append(Picture(data["image/png"].replace("\n", ""), known.get("alt", ""), *size))
        elif "text/html" in data:
            if _WORDS_OF_WIDGET.search(data["text/html"]):
                ours = True  # what a `LiveWidget` shows: its picture if it has one, then words, then the living form
            else:
                parts.append(Table(one_header_row(_STYLE.sub("", data["text/html"]).strip())))
        elif "text/markdown" in data:
            parts.append(Text(data["text/markdown"]))
        elif data.get("text/plain"):
            parts.append(Printed(data["text/plain"]))
    return parts


def _joined(value) -> str:
    return "".join(value) if isinstance(value, list) else str(value)
