"""The repository's texts, as tests read them: Markdown files and the prose of notebooks, their links and headings."""

import html
import json
import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

from embedviz.course import places

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_UNREAD = re.compile(r"^ *(```|~~~).*?^ *\1|<!--.*?-->", flags=re.DOTALL | re.MULTILINE)  # code, comments
_HEADING = re.compile(r"^(#{1,6}) (.+?)\s*$", flags=re.MULTILINE)


def texts() -> list[Path]:
    """The Markdown files that are ours: all but what was built or installed here."""
    built = {".venv", "build", "dist", ".git"}
    found = [path for path in ROOT.rglob("*.md") if not built & set(path.relative_to(ROOT).parts)]
    listed = subprocess.run(["git", "check-ignore", *map(str, found)], cwd=ROOT, capture_output=True, text=True)
    return sorted(set(found) - set(map(Path, listed.stdout.split("\n"))))


def prose(path: Path) -> str:
    """What is read of a Markdown file or a notebook, without code and comments."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return readable(text)


def readable(text: str) -> str:
    """Markdown without blocks of code and without comments."""
    return _UNREAD.sub("", text)


def headings(text: str) -> list[tuple[int, str]]:
    """(level, words) of each heading of what `prose` returns."""
    return [(len(signs), words) for signs, words in _HEADING.findall(text)]


def links(text: str) -> list[str]:
    """The targets of links and pictures of what `prose` returns, in Markdown and in HTML."""
    text = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)", "`code`", text)
    found = re.findall(r"\]\(<?([^)\s>]*)>?(?: \"[^\"]*\")?\)", text)
    found += re.findall(r"^ *\[[^\]]+\]: *(\S+)", text, flags=re.MULTILINE)
    return found + [html.unescape(target) for target in re.findall(r"\b(?:href|src)=\"([^\"]*)\"", text)]


def anchors(path: Path) -> set[str]:
    """What may stand behind a link's "#": JupyterLab's ids in a notebook, GitHub's in a Markdown file."""
    words = [heading for _, heading in headings(prose(path))]
    if path.suffix == ".ipynb":
        return {unquote(places.anchor(heading)) for heading in words}
    slugs: dict[str, int] = {}
    for heading in words:
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        slugs[slug] = slugs.get(slug, 0) + 1
    return {slug if not number else f"{slug}-{number}" for slug, times in slugs.items() for number in range(times)}
