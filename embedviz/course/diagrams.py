"""Drawings of how things are connected, made by code: `python -m embedviz.course.diagrams` writes those in images/."""

from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from embedviz.widgets.look import INK, PALETTE

USER, ITEM, BAG = PALETTE[0], PALETTE[3], "#F4F1E8"


USER_FEATURES = (
    ("age group", "one of 9"),
    ("gender", "one of 2"),
    ("occupation", "one of 21"),
    ("region", "one of 10"),
    ("films seen", "a bag"),
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
    "Two towers side by side. Left, the user: age group, gender, occupation, region and the bag of films seen each "
    "pass through an embedding table; the rows are added up and scaled to length 1, which gives u. Right, the film: "
    "film number, genres, year, countries, people and title words, in the same way, give v. Above both, the dot "
    "product of u and v is the score; the softmax over the films of the batch is trained by it. "
    "The film tower can be run beforehand for the whole catalog; only the user tower runs when a request comes."
)


def two_tower_figure() -> Figure:
    """The network of chapter 4. Its alternative text is `TWO_TOWER_ALT`."""
    figure = Figure(figsize=(10, 5.6), dpi=144)
    ax = figure.add_axes((0, 0, 1, 1), xlim=(0, 10), ylim=(0, 5.6))
    ax.axis("off")

    def box(x, y, width, height, text, edge, fill="white", size=10, **font):
        ax.add_patch(
            FancyBboxPatch(
                (x - width / 2, y - height / 2),
                width,
                height,
                "round,pad=0.02,rounding_size=0.06",
                ec=edge,
                fc=fill,
                lw=1.4,
            )
        )
        ax.text(x, y, text, ha="center", va="center", fontsize=size, color=INK, **font)

    def arrow(start, end, color="#777777"):
        ax.annotate(
            "", end, start, arrowprops={"arrowstyle": "-|>", "color": color, "lw": 1.1, "shrinkA": 0, "shrinkB": 0}
        )

    for left, features, edge, name, vector in (
        (0.15, USER_FEATURES, USER, "user tower", "u"),
        (5.15, ITEM_FEATURES, ITEM, "film tower", "v"),
    ):
        step, middle = 4.7 / len(features), left + 2.35
        for i, (feature, kind) in enumerate(features):
            x = left + (i + 0.5) * step
            bag = kind.startswith("a bag")
            box(
                x,
                0.5,
                step - 0.12,
                0.62,
                f"{feature}\n",
                edge,
                BAG if bag else "white",
                9 if len(features) < 6 else 8.2,
            )
            ax.text(x, 0.38, kind, ha="center", va="center", fontsize=7.2, color="#555555")
            arrow((x, 0.83), (x, 1.3))
            box(x, 1.52, step - 0.12, 0.4, "embedding", edge, size=7.8 if len(features) < 6 else 6.8)
            arrow((x, 1.75), (middle + (x - middle) * 0.35, 2.3))
        bags = "sum  (of a bag the mean; of n films seen: sum / √n)" if vector == "u" else "sum  (of a bag the mean)"
        box(middle, 2.52, 3.2, 0.4, bags, edge, size=8.6)
        arrow((middle, 2.74), (middle, 3.0))
        box(middle, 3.2, 1.9, 0.36, "scale to length 1", edge, size=9)
        arrow((middle, 3.4), (middle, 3.66))
        box(middle, 3.86, 0.6, 0.36, vector, edge, edge, 13, fontweight="bold", style="italic")
        ax.texts[-1].set_color("white")
        arrow((middle, 4.06), (5 + (middle - 5) * 0.35, 4.55))
        ax.text(left + 0.1, 3.86, name, fontsize=12, color=edge, fontweight="bold", va="center")
    box(5, 4.77, 2.6, 0.4, "score = u · v", INK, size=12, fontweight="bold")
    ax.text(
        5,
        5.25,
        "softmax of score / τ − log q over the films of the batch: whose film is it?",
        ha="center",
        fontsize=10,
        color=INK,
    )
    ax.text(0.25, 4.72, "runs when a request comes", fontsize=9, color=USER, style="italic")
    ax.text(9.75, 4.72, "runs beforehand, for the whole catalog", fontsize=9, color=ITEM, style="italic", ha="right")
    return figure


def main() -> None:
    """Write the drawings to images/ of the project."""
    folder = Path(__file__).parents[2] / "images"
    two_tower_figure().savefig(
        folder / "two_tower_NN.png", facecolor="white", metadata={"Description": TWO_TOWER_ALT, "Software": None}
    )


if __name__ == "__main__":
    main()
