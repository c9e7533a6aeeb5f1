"""Pages of a browser in which nothing may go wrong: no error, and no request to where none may go."""

import contextlib
from collections.abc import Callable, Iterator

from conftest import PATIENCE

LEFT = "net::ERR_ABORTED"  # the page was left or loaded anew while it still asked
DESKTOP = {"viewport": {"width": 1280, "height": 720}}


@contextlib.contextmanager
def visiting(browser, reachable: tuple[str, ...] | None = None, settings: dict = DESKTOP) -> Iterator[Callable]:
    """Gives open(url, script=None, **options of the context) → a page there, in a browser that has seen nothing before.

    `page.asked` lists what it asks for. At the end nothing has gone wrong, and all pages are closed.

    Args:
        browser: of Playwright.
        reachable: how the addresses begin that may be asked for, all others are blocked and fail the test; None: all.
        settings: of the contexts, unless a call says otherwise. A script runs before those of the page.
    """
    contexts, problems = [], []

    def route(asked):
        own = asked.request.url.startswith(reachable)
        asked.continue_() if own else (problems.append(asked.request.url), asked.abort())

    def visit(url, script=None, **options):
        context = browser.new_context(**(settings | options))
        contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE)
        if reachable is not None:
            context.route("**/*", route)
        page = context.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
        if script:
            page.add_init_script(f"({script})()")
        page.goto(url)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert problems == []


def failed(request) -> list[str]:
    """The address of a request that has failed, of Playwright's event; none if its page was left meanwhile."""
    return [] if request.failure == LEFT else [request.url]
