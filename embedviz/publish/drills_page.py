"""The drills as a page for the phone: all cards in one file, which works without a network after the first visit.

`js/phone/` asks the cards, schedules them as the notebook does, and keeps what is graded in the browser. The numbers on
the cards are the stated ones, which a test compares with the data, so that the page is made without any.
"""

import hashlib
import html
import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from fsrs import Scheduler
from PIL import Image, ImageDraw

from embedviz.base.files import write_atomically
from embedviz.course import review
from embedviz.course.card_content import content
from embedviz.course.drills import CARDS, SECTIONS
from embedviz.course.drills.numbers import stated
from embedviz.course.markup import as_text
from embedviz.course.progress import Ledger, schedule, settings, store, transfer
from embedviz.publish import ts_fsrs
from embedviz.widgets.bundle import JS, bundle, styles
from embedviz.widgets.look import DARK
from embedviz.widgets.page import pack

ENTRY = "phone/main.js"
INK, PAPER = "#111111", "#ffffff"
ICONS = (192, 512)  # pixels: what browsers ask for to put a page on the home screen

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="{paper}" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="{ink}" media="(prefers-color-scheme: dark)">
<meta name="description" content="{about}">
<title>Drills · embedviz</title>
<link rel="icon" href="icon-192.png">
<link rel="apple-touch-icon" href="icon-192.png">
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 0; padding: 8px 12px 24px; background: light-dark({paper}, {ink});
  font-family: system-ui, Helvetica, Arial, sans-serif; }}
{css}</style>
</head>
<body>
<main id="drills"></main>
<noscript>
<h1>Drills</h1>
<p>{about} Asking them takes JavaScript, which does not run here; these are the questions.</p>
{questions}
</noscript>
<footer class="embedviz embedviz-phone">
<p>{about} The answers and their numbers are those of the <a href="{workbook}">workbook</a>.</p>
</footer>
<script type="text/plain" id="values">{values}</script>
<script type="module">
{code}
if (!globalThis.DecompressionStream) document.body.prepend("This page needs a browser of 2023 or later.");
if (/^http/.test(location.protocol)) document.head.append(Object.assign(document.createElement("link"),
  {{ rel: "manifest", href: "manifest.webmanifest" }})); // from file:// a browser may not read it
await mount(document.getElementById("drills"), document.getElementById("values").textContent, FSRSAlgorithm);
</script>
</body>
</html>
"""


def write_drills_page(
    folder: str | Path,
    chapter_link: Callable[[int, str], str],
    *,
    glossary: str = "../glossary.html",
    workbook: str = "../index.html",
) -> Path:
    """Write index.html, sw.js, manifest.webmanifest and the icons: the page, which asks for nothing else.

    Args:
        folder: made if it is not there; "~" is expanded.
        chapter_link: (chapter from 1 to 4, heading) → where a card's link leads, seen from the page:
            "../02_wikipedia_books.html#…", a file beside the page or one folder up, or an address with https.
        glossary, workbook: the addresses of the glossary and of the first page.

    Returns:
        Where index.html is.

    Raises:
        DatasetError: ts-fsrs has to be fetched, and cannot be.
        OSError: the folder cannot be written.
    """
    files = {"index.html": _page(chapter_link, glossary, workbook).encode(), "manifest.webmanifest": _manifest()}
    files |= {f"icon-{size}.png": _icon(size) for size in ICONS}
    # The worker's version is that of what it keeps: a browser takes another worker only if its text has changed.
    version = hashlib.sha256(b"".join(files.values())).hexdigest()[:12]
    worker = (JS / "phone/sw.js").read_text(encoding="utf-8")
    files["sw.js"] = worker.replace("$VERSION", version).replace("$FILES", json.dumps(list(files))).encode()
    folder = Path(folder).expanduser()
    for name, written in files.items():
        write_atomically(folder / name, written)
    return folder / "index.html"


def page_values(chapter_link: Callable[[int, str], str], glossary: str) -> dict:
    """What the page knows: the cards, and all that the notebook's schedule and ledger are set to.

    Times are in microseconds, as js/phone/time.js has them.
    """
    return {
        "cards": [content(card, stated, chapter_link, glossary) for card in CARDS.values()],
        "deck": list(Ledger(None).deck),
        "sections": {section: list(topics) for section, topics in SECTIONS.items()},
        "fsrs": fsrs_rules(),
        "rules": {
            "grace": _microseconds(schedule.GRACE),
            "round": schedule.ROUND,
            "daily_limit": settings.DAILY_LIMIT,
            "ahead": _microseconds(review.AHEAD),
            "low": review.LOW,
            "longest": review.LONGEST,
        },
        "form": {
            "format": transfer.FORMAT,
            "version": len(store.MIGRATIONS),
            "kinds": {kind: sorted(needed) for kind, needed in transfer.KINDS.items()},
        },
    }


def fsrs_rules() -> dict:
    """What py-fsrs is set to in the notebook, as js/phone/schedule.js takes it."""
    scheduler = Scheduler(enable_fuzzing=False)
    return {
        "parameters": list(scheduler.parameters),
        "retention": scheduler.desired_retention,
        "learning": [_microseconds(step) for step in scheduler.learning_steps],
        "relearning": [_microseconds(step) for step in scheduler.relearning_steps],
        "longest": scheduler.maximum_interval,
        "grace": _microseconds(schedule.GRACE),
    }


def _page(chapter_link, glossary, workbook):
    values = page_values(chapter_link, glossary)
    code = ts_fsrs.algorithm() + bundle(ENTRY)
    if "</script" in code.lower() or "<!--" in code:
        raise ValueError("the page's code would end its own script")
    return PAGE.format(
        about=f"{len(CARDS)} cards on embeddings, asked as an interviewer does, each when you are about to forget it.",
        css=styles(ENTRY),
        code=code,
        values=pack(values),
        questions=_questions(values["cards"]),
        workbook=html.escape(workbook),
        ink=INK,
        paper=PAPER,
    )


def _questions(cards):
    """All questions, section by section, for where no script runs."""
    found = []
    for section in SECTIONS:
        asked = [f"<li>{html.escape(as_text(one['question']))}</li>" for one in cards if one["section"] == section]
        found.append(f"<h2>{section}</h2>\n<ul>\n" + "\n".join(asked) + "\n</ul>")
    return "\n".join(found)


def _manifest() -> bytes:
    icons = [
        {"src": f"icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in ICONS
        for purpose in ("any", "maskable")
    ]
    manifest = {
        "name": "embedviz drills",
        "short_name": "Drills",
        "description": "Cards on embeddings, for an interview",
        "lang": "en",
        "start_url": "./index.html",
        "scope": "./",
        "display": "standalone",
        "background_color": INK,
        "theme_color": INK,
        "icons": icons,
    }
    return json.dumps(manifest, indent=1).encode()


def _icon(size: int) -> bytes:
    """A card with a map on it: points in three groups. What matters lies within the circle that phones may cut out."""
    scale = 4  # drawn larger, so that its edges are smooth
    whole = size * scale
    picture = Image.new("RGB", (whole, whole), INK)
    draw = ImageDraw.Draw(picture)
    at = lambda *numbers: [number * whole for number in numbers]
    draw.rounded_rectangle(at(0.24, 0.2, 0.76, 0.8), radius=0.06 * whole, fill=PAPER)
    groups = (DARK[0], (0.39, 0.36)), (DARK[3], (0.61, 0.42)), (DARK[2], (0.46, 0.63))
    for color, (x, y) in groups:
        for dx, dy in ((0, 0), (0.075, -0.035), (0.02, 0.085)):
            draw.ellipse(at(x + dx - 0.03, y + dy - 0.03, x + dx + 0.03, y + dy + 0.03), fill=color)
    target = io.BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(target, "PNG", optimize=True)
    return target.getvalue()


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)
