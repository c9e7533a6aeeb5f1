"""What runs in the page: a search box, a panel of HTML, and the style that picks the live or the still form of a widget."""

import html
from collections.abc import Sequence

import anywidget
import ipywidgets
import pandas as pd
import traitlets

# The output of the cell is: still picture, text, live widget. Where the live one is drawn, the two before it are
# hidden. Where the notebook has lost it (reloaded, no kernel), it would only say "model not found", and is hidden.
# Elsewhere (GitHub, nbviewer) there is no live one, and perhaps no style. ID is the widget's own.
SHOW_STATIC = """<style>
body:has(.embedviz-live-ID :is(.js-plotly-plot, .embedviz-map)) .jp-OutputArea-child:has(+ .jp-OutputArea-child .embedviz-static-ID),
body:has(.embedviz-live-ID :is(.js-plotly-plot, .embedviz-map)) .jp-OutputArea-child:has(.embedviz-static-ID),
.jp-OutputArea-child:has(.embedviz-static-ID) + .jp-OutputArea-child:not(:has(.js-plotly-plot, .embedviz-map)) {display: none}
.embedviz-static-ID :is(caption, th, td) {text-align: left !important; background: none}
</style>"""


class View(anywidget.AnyWidget):
    """JavaScript of ours (`_esm`) that shows the traits of another widget.

    They are not the view's own since anywidget 0.11 throws away all later changes to a widget whose JavaScript took
    more than two seconds to start, as it may while the page is busy. A plain widget model loses nothing.
    """

    data = traitlets.Unicode().tag(sync=True)  # the other's model

    def __init__(self, data: ipywidgets.Widget, **options):
        super().__init__(data=data.model_id, **options)
        self.source = data


class SearchBox(ipywidgets.Widget):
    """A text field that completes names; `value` changes at Enter.

    Not an ipywidgets Combobox, which puts all names into the page: at 17,000 a key stroke takes a quarter of a second.
    """

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    value = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode("Search: type a name, then Enter").tag(sync=True)


class SearchBoxView(View):
    _esm = """
    async function render({ model, el }) {
      const data = await model.widget_manager.get_model(model.get("data"));
      const input = el.appendChild(document.createElement("input"));
      const list = el.appendChild(document.createElement("datalist"));
      list.id = "embedviz-" + Math.random().toString(36).slice(2);
      input.setAttribute("list", list.id);
      input.className = "embedviz-search";
      input.placeholder = data.get("label");
      input.setAttribute("aria-label", data.get("label"));
      const names = data.get("names"), folded = names.map((name) => name.toLowerCase());
      const complete = () => {  // first the names that begin so, then those that hold it
        const text = input.value.trim().toLowerCase(), begin = [], hold = [];
        for (let i = 0; text && i < names.length && begin.length < 12; i++) {
          const place = folded[i].indexOf(text);
          if (place === 0) begin.push(names[i]); else if (place > 0 && hold.length < 12) hold.push(names[i]);
        }
        list.replaceChildren(...[...begin, ...hold].slice(0, 12).map((name) => new Option(name)));
      };
      const follow = () => { input.value = data.get("value"); if (document.activeElement === input) input.select(); };
      let fresh = false;  // the next search replaces the last: its text is selected at Enter, and by the first click
      input.addEventListener("focus", () => { fresh = true; input.select(); });
      input.addEventListener("click", () => { if (fresh) input.select(); fresh = false; });
      const commit = () => { data.set("value", input.value); data.save_changes(); };
      input.addEventListener("input", (event) => {  // a choice from the list has no type, or that of a replacement
        if (!event.inputType || event.inputType === "insertReplacementText") commit(); else complete();
      });
      input.addEventListener("keydown", (event) => {  // the open list swallows "change"
        if (event.key === "Enter") { commit(); input.select(); }
      });
      input.addEventListener("change", commit);
      data.on("change:value", follow);
      follow();
      return () => data.off("change:value", follow);
    }
    export default { render };
    """
    _css = """
    .embedviz-search { box-sizing: border-box; width: 235px; height: 28px; padding: 2px 8px; font-size: 13px;
      color: var(--jp-ui-font-color1, inherit); background: var(--jp-layout-color1, white);
      border: 1px solid var(--jp-border-color1, #999); }
    .embedviz-search:focus-visible { outline: 2px solid var(--jp-brand-color1, #0b57d0); outline-offset: -1px; }
    """


class Panel(ipywidgets.Widget):
    """HTML whose buttons send {"name": their data-name}."""

    html = traitlets.Unicode().tag(sync=True)


class PanelView(View):
    _esm = """
    async function render({ model, el }) {
      const data = await model.widget_manager.get_model(model.get("data"));
      el.classList.add("embedviz-panel");
      let about = null;
      const draw = () => {
        const focused = el.contains(document.activeElement) ? document.activeElement.dataset.name ?? "" : null;
        const before = about, scrolled = el.scrollTop, next = document.createElement("template");
        next.innerHTML = data.get("html");
        about = (next.content.querySelector("caption") ?? next.content).textContent;
        el.setAttribute("aria-live", about === before ? "off" : "polite");  // the same list after another epoch is not read again
        el.replaceChildren(next.content);
        el.scrollTop = about === before ? scrolled : 0;
        if (focused === null) return;
        const same = [...el.querySelectorAll("button")].find((button) => about === before && button.dataset.name === focused);
        (el.querySelector("[aria-pressed=true]") ?? same ?? el.querySelector("button"))?.focus();
      };
      el.addEventListener("click", (event) => {
        const button = event.target.closest("button");
        if (button) data.send({ name: button.dataset.name });
      });
      data.on("change:html", draw);
      draw();
      return () => data.off("change:html", draw);
    }
    export default { render };
    """
    _css = """
    .embedviz-panel { font-size: 12.5px; line-height: 1.3; color: var(--jp-ui-font-color1, inherit); }
    .embedviz-panel caption { font-weight: bold; font-size: 15px; text-align: left; padding: 4px 5px; color: inherit; }
    .embedviz-panel table { border-collapse: collapse; width: 100%; }
    .embedviz-panel :is(th, td) { text-align: left; vertical-align: top; padding: 1px 5px; }
    .embedviz-panel tbody { border-top: 1px solid #ddd; }
    .embedviz-panel tbody th { font-weight: normal; }
    .embedviz-panel tr + tr :is(th, td) { opacity: 0.8; font-weight: normal; font-size: 11.5px; padding-bottom: 3px; }
    .embedviz-panel button { all: unset; cursor: pointer; color: var(--jp-content-link-color, #0b57d0); font-size: 13px; }
    .embedviz-panel button:hover { text-decoration: underline; }
    .embedviz-panel button:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
    """


def neighbor_table(
    caption: str, rows: list[tuple[str | None, ...]], buttons: bool = True, headings: tuple[str, ...] = ("Cosine",)
) -> str:
    """An HTML table of neighbors: rank, name and values in a row, shared links (None: no such row) in a second.

    Args:
        caption: of the table.
        rows: (name, value for each heading, links), nearest first.
        buttons: whether the names are buttons.
        headings: of the values.
    """
    with_links, span = any(row[-1] is not None for row in rows), 1 + len(headings)
    head = "".join(f"<th scope='col'>{html.escape(heading)}</th>" for heading in ("#", "Name", *headings))
    head = f"<tr>{head}</tr>"
    head += f"<tr><td></td><th scope='col' colspan='{span}'>Links they share, rarest first</th></tr>" if with_links else ""
    body = ""
    for rank, (name, *values, links) in enumerate(rows, 1):
        shown = _button(name) if buttons else html.escape(name)
        cells = "".join(f"<td>{html.escape(value)}</td>" for value in values)
        body += f"<tbody><tr><td>{rank}</td><th scope='rowgroup'>{shown}</th>{cells}</tr>"
        body += f"<tr><td></td><td colspan='{span}'>{html.escape(links)}</td></tr></tbody>" if links is not None else "</tbody>"
    return f"<table><caption>{html.escape(caption)}</caption><thead>{head}</thead>{body}</table>"


def trait_table(caption: str, traits: pd.DataFrame, names: Sequence[str]) -> str:
    """An HTML table of what some names share: the rows of `enrichment.over_represented`; and the first of the names, as buttons."""
    head = "".join(f"<th scope='col'>{text}</th>" for text in ("What", "Of these", "Of all", "Lift"))
    body = "".join(
        f"<tbody><tr><th scope='row'>{html.escape(row.trait)}</th><td>{row.share:.0%} ({row.number:,})</td><td>{row.overall:.1%}</td>"
        f"<td>{row.lift:.1f}×</td></tr></tbody>"
        for row in traits.rename(columns={"count": "number"}).itertuples()
    )
    body = body or "<tbody><tr><td colspan='4'>Nothing that chance would not explain.</td></tr></tbody>"
    shown = ", ".join(_button(name) for name in names[:20]) + (f" and {len(names) - 20:,} more" if len(names) > 20 else "")
    return f"<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead>{body}</table><p>{shown}</p>"


def side_by_side_table(caption: str, titles: Sequence[str], lists: Sequence[Sequence[tuple[str, float]]], buttons: bool = True) -> str:
    """An HTML table of two lists of (name, cosine), row by row; what is in both is marked."""
    both = {name for name, _ in lists[0]} & {name for name, _ in lists[1]}
    head = "".join(f"<th scope='col'>{html.escape(title)}</th><th scope='col'>Cosine</th>" for title in titles)
    body = ""
    for rank, row in enumerate(zip(*lists), 1):
        cells = "".join(
            f"<td>{'<b>● ' * (name in both)}{_button(name) if buttons else html.escape(name)}{'</b>' * (name in both)}</td><td>{cosine:.2f}</td>"
            for name, cosine in row
        )
        body += f"<tbody><tr><td>{rank}</td>{cells}</tr></tbody>"
    return f"<table><caption>{html.escape(caption)} (●)</caption><thead><tr><th scope='col'>#</th>{head}</tr></thead>{body}</table>"


def suggestion_list(message: str, names: list[str]) -> str:
    """A message, and names to choose from, as HTML."""
    return f"<p role='alert'>{html.escape(message)}</p><ul>{''.join(f'<li>{_button(name)}</li>' for name in names)}</ul>"


def _button(name):
    return f'<button data-name="{html.escape(name)}">{html.escape(name)}</button>'
