"""Drawings of how things are connected, made by code: `python -m embedviz.course.diagrams` writes those in images/."""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from embedviz.widgets.look import INK, PALETTE

USER, ITEM, GRAY = PALETTE[0], PALETTE[3], "#666666"


USER_FEATURES = (
    ("user id", "one of 943"),
    ("age group", "one of 9"),
    ("gender", "one of 2"),
    ("occupation", "one of 21"),
    ("region", "one of 10"),
)


ITEM_FEATURES = (
    ("film", "one of 1,682"),
    ("genres", "a bag of 18"),
    ("year", "one of 15"),
    ("countries", "a bag"),
    ("people", "a bag"),
    ("title words", "a bag"),
)


TWO_TOWER_ALT = (
    "Two towers side by side. Left, the user, of two parts. The profile: user id, age group, gender, occupation and "
    "region, each with an embedding table, are added up. The history: for each film seen, a second film tower with "
    "tables of its own makes a vector g of the same features as the film tower's; these are added up and divided by "
    "the root of their number n. Both parts are added and scaled to length 1, which gives u. Right, the film tower: "
    "film number, genres, year, countries, people and title words, each with an embedding table, are added up (of a "
    "bag the mean) and scaled to length 1, which gives v. Above both, the dot product of u and v is the score; the "
    "softmax over the films of the batch is trained by it. The film tower can be run beforehand for the whole "
    "catalog; only the user tower runs when a request comes."
)

FUNNEL = (
    ("catalog", "1,000,000,000", "everything there is"),
    ("retrieve", "1,000", "two towers, an index: milliseconds"),
    ("filter", "500", "seen, sold out, not allowed"),
    ("rank", "50", "one big network on user × item"),
    ("re-rank", "10", "variety, freshness, business rules"),
)

FUNNEL_ALT = (
    "A funnel from left to right, each stage with how many items are left, as an example: "
    + "; ".join(f"{stage} {left}: {how}" for stage, left, how in FUNNEL)
    + "."
)


def _canvas(width: float, height: float) -> tuple:
    figure = Figure(figsize=(width, height), dpi=144)
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return figure, ax


def _box(ax, x, y, width, height, text, edge, fill="white", size=13, color=INK, **font):
    shape = "round,pad=0.02,rounding_size=0.08"
    ax.add_patch(FancyBboxPatch((x - width / 2, y - height / 2), width, height, shape, ec=edge, fc=fill, lw=1.8))
    ax.text(x, y, text, ha="center", va="center", fontsize=size, color=color, linespacing=1.45, **font)


def _arrow(ax, start, end):
    look = {"arrowstyle": "-|>", "color": GRAY, "lw": 1.6, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look)


def two_tower_figure() -> Figure:
    """The network of chapter 4. Its alternative text is `TWO_TOWER_ALT`."""
    figure, ax = _canvas(12, 6.9)

    def features(x, width, title, rows, edge):
        _box(ax, x, 1.2, width, 2.1, "", edge)
        ax.text(x, 2.02, title, ha="center", va="center", fontsize=13, color=edge, fontweight="bold")
        for i, (feature, kind) in enumerate(rows):
            y = 1.7 - 0.262 * i
            ax.text(x - width / 2 + 0.15, y, feature, va="center", fontsize=12, color=INK)
            ax.text(x + width / 2 - 0.15, y, kind, va="center", ha="right", fontsize=12, color="#555555")

    features(1.9, 3.2, "profile", USER_FEATURES, USER)
    features(5.5, 3.2, "history: each film i seen", ITEM_FEATURES, USER)
    features(9.9, 3.2, "film", ITEM_FEATURES, ITEM)
    _box(ax, 1.9, 3.0, 3.2, 0.66, "a table each\nsum of the rows", USER)
    _box(ax, 5.5, 3.0, 3.2, 0.66, "second film tower: gᵢ\nits own tables, sum of the rows", USER)
    _box(ax, 9.9, 3.0, 3.2, 0.66, "a table each\nsum of the rows", ITEM)
    _box(ax, 5.5, 3.92, 3.2, 0.4, "sum of all gᵢ, divided by √n", USER)
    for x in (1.9, 5.5, 9.9):
        _arrow(ax, (x, 2.28), (x, 2.64))
    _arrow(ax, (5.5, 3.36), (5.5, 3.7))
    _box(ax, 3.7, 4.75, 3.2, 0.4, "sum, scaled to length 1", USER)
    _arrow(ax, (1.9, 3.36), (3.1, 4.53))
    _arrow(ax, (5.5, 4.14), (4.3, 4.53))
    _box(ax, 9.9, 4.75, 3.2, 0.4, "scaled to length 1", ITEM)
    _arrow(ax, (9.9, 3.36), (9.9, 4.53))
    for x, name, edge in ((3.7, "u", USER), (9.9, "v", ITEM)):
        _arrow(ax, (x, 4.97), (x, 5.22))
        _box(ax, x, 5.43, 0.6, 0.36, name, edge, edge, 15, "white", fontweight="bold")
        _arrow(ax, (x, 5.63), (6.9 + (x - 6.9) * 0.35, 5.92))
    _box(ax, 6.9, 6.14, 3.2, 0.4, "score = u · v", INK, size=15, fontweight="bold")
    told = "softmax of score / τ − log q over the films of the batch: whose film is it?"
    ax.text(6.9, 6.62, told, ha="center", va="center", fontsize=13, color=INK)
    ax.text(0.3, 5.43, "user tower", fontsize=15, color=USER, fontweight="bold", va="center")
    ax.text(0.3, 5.1, "runs when a request comes", fontsize=12, color=USER, va="center")
    ax.text(11.8, 5.58, "film tower", fontsize=15, color=ITEM, fontweight="bold", va="center", ha="right")
    ax.text(11.8, 5.25, "runs beforehand", fontsize=12, color=ITEM, va="center", ha="right")
    ax.text(7.7, 1.2, "a bag:\nthe mean\nof its rows", fontsize=12, color="#555555", ha="center", va="center")
    return figure


def funnel_figure() -> Figure:
    """From the whole catalog to a page, in stages. Its alternative text is `FUNNEL_ALT`."""
    figure, ax = _canvas(12, 3.4)
    for i, (stage, left, how) in enumerate(FUNNEL):
        x, height = 1.2 + 2.4 * i, 2.6 - 0.42 * i
        edge = USER if stage == "retrieve" else GRAY
        _box(ax, x, 2.0, 1.75, height, "", edge, "#E6F1FA" if stage == "retrieve" else "white")
        ax.text(x, 2.22, stage, ha="center", va="center", fontsize=15, fontweight="bold", color=INK)
        ax.text(x, 1.82, left, ha="center", va="center", fontsize=13, color=INK)
        words = how.replace(": ", ":\n").replace(", ", ",\n").replace("network on", "network\non")
        ax.text(x, 0.32, words, ha="center", va="center", fontsize=12, color="#333333", linespacing=1.2)
        if i:
            _arrow(ax, (x - 1.5, 2.0), (x - 0.92, 2.0))
    return figure


def main() -> None:
    """Write the drawings to images/ of the project."""
    folder = Path(__file__).parents[2] / "images"
    two_tower_figure().savefig(
        folder / "two_tower_NN.png", facecolor="white", metadata={"Description": TWO_TOWER_ALT, "Software": None}
    )


if __name__ == "__main__":
    main()
