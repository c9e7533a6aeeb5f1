"""What axe-core finds that would hinder somebody: no name for a screen reader, too little contrast, no key for it."""

from importlib import resources

# It is in no frame, so need not wait for an answer from one; and what it would load first (style sheets, once more) is
# for rules that are experiments or of less weight.
OPTIONS = "{ resultTypes: ['violations'], iframes: false, preload: false }"


def hindrances(root) -> list[tuple[str, str, str]]:
    """What is serious or critical within an element, a Playwright locator: rule, HTML and reason."""
    root.page.evaluate((resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
    result = root.evaluate(f"async (root) => await axe.run(root, {OPTIONS})")
    return [
        (one["id"], node["html"][:200], node.get("failureSummary"))
        for one in result["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
