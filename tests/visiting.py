"""Pages of a browser in which nothing may go wrong: no error, and no request to where none may go."""

import contextlib
import json
from collections.abc import Callable, Iterator

from lab import PATIENCE
from waiting import ask_until

LEFT = "net::ERR_ABORTED"  # the page was left or loaded anew while it still asked
DESKTOP = {"viewport": {"width": 1280, "height": 720}}


@contextlib.contextmanager
def visiting(
    browser, reachable: tuple[str, ...] | None = None, settings: dict = DESKTOP, kept: dict[str, list] | None = None
) -> Iterator[Callable]:
    """Gives open(url, script=None, **options of the context) → a page there, in a browser that has seen nothing before.

    `page.asked` lists what it asks for, `page.problems` what has gone wrong: errors, and with `reachable` also what
    could not be loaded or was asked for elsewhere. At the end nothing has, and all pages are closed.

    Args:
        browser: of Playwright.
        reachable: how the addresses begin that may be asked for, all others are blocked; None: any, it need not come.
        settings: of the contexts, unless a call says otherwise. A script runs before those of the page.
        kept: where given, pages are not closed at the end but kept here, by their settings, and used again: what is
            opened in them keeps nothing in the browser. A new page costs as much as opening three addresses in one.
    """
    pages = []

    def visit(url, script=None, **options):
        if script is None and (free := (kept or {}).get(json.dumps(settings | options))):
            pages.append(page := free.pop())
            page.asked.clear()
            page.set_viewport_size((settings | options)["viewport"])
            page.mouse.move(0, 0)
            page.goto(url)
            return page
        context = browser.new_context(**(settings | options))
        context.set_default_timeout(1000 * PATIENCE)
        page = context.new_page()
        pages.append(page)
        page.asked, problems = [], []
        page.problems = problems
        if reachable is not None:
            _keep_within(page, reachable, scripts=options.get("java_script_enabled", True))
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        page.kind = None if script else json.dumps(settings | options)
        if script:
            page.add_init_script(f"({script})()")
        page.goto(url)
        return page

    yield visit
    for page in pages:
        if kept is None or page.kind is None:
            page.context.close()
        else:
            page.goto("about:blank")
            kept.setdefault(page.kind, []).append(page)
    found = [problem for page in pages for problem in page.problems]
    for page in pages:
        page.problems.clear()
    assert found == [], found  # pytest does not unfold what this file asserts


def _keep_within(page, reachable: tuple[str, ...], scripts: bool) -> None:
    problems = page.problems

    def failed(request):
        unwanted = request.resource_type == "script" and not scripts  # asked for beforehand, and then not needed
        if request.failure != LEFT and not unwanted:
            problems.append(f"{request.url}: {request.failure}")

    def route(asked):
        own = asked.request.url.startswith(reachable)
        asked.continue_() if own else (problems.append(asked.request.url), asked.abort())

    page.context.route("**/*", route)
    page.on("requestfailed", failed)
    page.on("response", lambda answer: problems.append(answer.url) if answer.status >= 400 else None)


def sideways(place, width: float | None = None) -> float:
    """By how many CSS pixels a page, or a frame, is wider than what is seen, once its widgets have drawn themselves.

    Args:
        width: CSS pixels that are seen; None: the window's, which on a phone grows with what sticks out.
    """
    wide = "(width) => document.documentElement.scrollWidth - (width ?? innerWidth)"
    return ask_until(lambda: place.evaluate(wide, width), lambda pixels: pixels <= 0)
