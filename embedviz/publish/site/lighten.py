"""What the theme brings and no page needs: maps of its sources, and 1.5 MB of script that draws some ten icons.

The theme's style sheet draws them too, with a font. That is put into the sheet itself: Firefox lets a file, opened by
double click, load no font of another folder.
"""

import base64
import re
from pathlib import Path

_ICONS = re.compile(r'\s*<script[^>]*src="[^"]*/fontawesome\.js[^"]*"[^>]*></script>')
_FONT = "../vendor/fontawesome/webfonts/fa-solid-900.woff2"
_MAP = re.compile(r"^(?://|/\*)# sourceMappingURL=.*$", re.MULTILINE)


def lighten(site: Path) -> None:
    """Take away from a built site what its pages do without.

    Raises:
        ValueError: the theme is not as it was, so that icons would be missing.
    """
    static = site / "_static"
    for leftover in static.rglob("*.map"):
        leftover.unlink()
    for file in [*static.rglob("*.js"), *static.rglob("*.css")]:
        text = file.read_text(encoding="utf-8")
        if (shorter := _MAP.sub("", text)) != text:
            file.write_text(shorter, encoding="utf-8")
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    text, font = sheet.read_text(encoding="utf-8"), (sheet.parent / _FONT).resolve()
    if f"url({_FONT})" not in text or not font.is_file():
        raise ValueError(f"{sheet.name} has no longer the icons' font {_FONT}: see lighten.py")
    data = base64.b64encode(font.read_bytes()).decode()
    sheet.write_text(text.replace(f"url({_FONT})", f"url(data:font/woff2;base64,{data})"), encoding="utf-8")
    for page in site.glob("*.html"):
        page.write_text(_ICONS.sub("", page.read_text(encoding="utf-8")), encoding="utf-8")
    (static / "scripts" / "fontawesome.js").unlink(missing_ok=True)
