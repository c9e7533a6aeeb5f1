"""Serving: exact search against approximate indexes (faiss), in recall and in queries per second, and a widget to weigh them."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager

import faiss
import ipywidgets
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from embedviz import figures
from embedviz.columns import INK, PALETTE
from embedviz.live_plot import LivePlot, LivePlotView
from embedviz.widgets import LiveWidget

NPROBES = (1, 2, 4, 8, 16, 32, 64)
EF_SEARCH = (10, 16, 32, 64, 128, 256)
KINDS = {"exact": ("circle", "o"), "IVF": ("square", "s"), "HNSW": ("diamond", "D")}  # marker in plotly, in matplotlib
WAYS = {"batched": "all queries at once", "single": "one query at a time"}


def synthetic_vectors(n: int, dim: int = 32, seed: int = 0, intrinsic: int = 12, clusters: int = 1000) -> np.ndarray:
    """Unit vectors as a tower makes them, float32 (n, dim): in clusters, and of fewer degrees of freedom than numbers.

    Uniform ones would have no structure for an index to use, and real ones always have some. Vectors of the same seed come from the
    same clusters: to have queries, make more of them and cut some off.
    """
    if n < 1 or dim < 1:
        raise ValueError(f"n={n}, dim={dim}: both must be at least 1")
    random = np.random.default_rng(seed)
    mix, centers = random.normal(size=(intrinsic, dim)) / 3, random.normal(size=(clusters, intrinsic))
    mix, centers = mix.astype(np.float32), centers.astype(np.float32)
    made = np.empty((n, dim), np.float32)
    for start in range(0, n, 100_000):  # all at once would need as much memory again
        rows = made[start : start + 100_000]
        free = centers[random.integers(0, clusters, len(rows))] + 0.5 * random.standard_normal((len(rows), intrinsic), np.float32)
        rows[:] = np.tanh(free @ mix) + 0.1 * random.standard_normal(rows.shape, np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return made


def measure_indexes(
    vectors: np.ndarray,
    queries: np.ndarray,
    k: int = 10,
    neighbors: int = 12,
    construction: int = 16,
    repeat: int = 3,
    singles: int = 100,
) -> pd.DataFrame:
    """Search by dot product: exact, inverted lists (IVF) and a navigable graph (HNSW), each at several settings.

    Built with all cores, searched with one, as a server does that has other requests at the same time.

    Args:
        vectors: float (n, dim), those to be found; n ≥ 100.
        queries: float (m, dim).
        k: neighbors to find.
        neighbors: HNSW's M, edges of a node (twice as many at the lowest level).
        construction: HNSW's efConstruction, candidates looked at when a vector is added: more make a better graph, more slowly.
        repeat: each time is the best of so many.
        singles: queries asked one at a time; fewer if there are fewer.

    Returns:
        A row for each index and setting: index ("exact", "IVF", "HNSW"), setting (text), recall (share of the k exact neighbors found),
        batched and single (queries a second, all at once and one at a time), build (seconds), megabytes (with the vectors).

    Raises:
        ValueError: shapes that do not fit, k out of range, too few vectors, or a number that is not finite.

    Source: Johnson, Douze & Jégou, *Billion-scale similarity search with GPUs* (2017); Malkov & Yashunin, *HNSW* (2016).
    """
    vectors, queries = (np.ascontiguousarray(x, dtype=np.float32) for x in (vectors, queries))
    if vectors.ndim != 2 or queries.ndim != 2 or vectors.shape[1] != queries.shape[1]:
        raise ValueError(f"vectors of shape {vectors.shape} and queries of shape {queries.shape}: need (n, dim) and (m, dim)")
    n, dim = vectors.shape
    if n < 100:
        raise ValueError(f"{n} vectors: an index needs at least 100; search them exactly")
    if not 1 <= k <= n:
        raise ValueError(f"k={k}: it must be from 1 to {n}, the number of vectors")
    if not (np.isfinite(vectors).all() and np.isfinite(queries).all()):
        raise ValueError("vectors or queries hold a NaN or an infinity")
    lists = int(min(4 * n**0.5, 1024, n / 39))  # faiss warns of fewer than 39 vectors a list
    exact = faiss.IndexFlatIP(dim)
    inverted = faiss.IndexIVFFlat(faiss.IndexFlatIP(dim), dim, lists, faiss.METRIC_INNER_PRODUCT)
    inverted.cp.niter, inverted.cp.max_points_per_centroid = 10, 60
    graph = faiss.IndexHNSWFlat(dim, neighbors, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = construction
    rows, truth = [], None
    for kind, index, settings in (
        ("exact", exact, [("every vector", None)]),
        ("IVF", inverted, [(f"{p} of {lists} lists", faiss.SearchParametersIVF(nprobe=p)) for p in NPROBES if p <= lists]),
        ("HNSW", graph, [(f"efSearch {ef}", faiss.SearchParametersHNSW(efSearch=ef)) for ef in EF_SEARCH if ef >= k]),
    ):
        start = time.perf_counter()
        with threads(os.cpu_count()):
            index.train(vectors)
            index.add(vectors)
        build, megabytes = time.perf_counter() - start, len(faiss.serialize_index(index)) / 1e6
        with threads(1):
            for setting, parameters in settings:
                seconds, (_, found) = best_time(lambda: index.search(queries, k, params=parameters), repeat if kind != "exact" else 1)
                few = queries[:singles]
                alone, _ = best_time(lambda: [index.search(few[i : i + 1], k, params=parameters) for i in range(len(few))], 1)
                truth = found if truth is None else truth
                recall = np.mean([len(set(a) & set(b)) / k for a, b in zip(truth.tolist(), found.tolist())])
                rows.append((kind, setting, recall, len(queries) / seconds, len(few) / alone, build, megabytes))
    return pd.DataFrame(rows, columns=["index", "setting", "recall", "batched", "single", "build", "megabytes"])


def best_time(call, repeat: int) -> tuple[float, object]:
    """(least seconds of `repeat` calls, result)."""
    best = np.inf
    for _ in range(repeat):
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
    return best, result


@contextmanager
def threads(n: int):
    """Let faiss use n threads, and afterwards as many as before."""
    before = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(n)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def fastest(measured: pd.DataFrame, least: float, way: str = "batched") -> pd.Series | None:
    """The row of `measure_indexes` with the most queries a second among those of at least that recall; None if there is none."""
    good = measured[measured["recall"] >= least]
    return None if good.empty else good.loc[good[way].idxmax()]


def explore_indexes(measured: Mapping[str, pd.DataFrame], least: float = 0.95, way: str = "batched") -> "IndexExplorer":
    """Recall against queries per second: choose the least recall that will do, and see which index is the fastest.

    Args:
        measured: name of the vectors → frame of `measure_indexes`.
        least: recall to start from, 0.5 to 1.
        way: "batched" or "single", to start from.

    Raises:
        ValueError: nothing measured, another way, or a recall out of range.
    """
    return IndexExplorer(measured, least, way)


class IndexExplorer(LiveWidget):
    """What `explore_indexes` returns: a widget to display, and the same as an object to program.

    Attributes:
        vectors_box, way_box, least_slider: the controls.
        chosen: the row of the fastest index with at least that recall, or None.
    """

    def __init__(self, measured, least, way):
        if not measured:
            raise ValueError("nothing is measured: give at least one frame of measure_indexes")
        if way not in WAYS:
            raise ValueError(f"way={way!r}: it must be 'batched' or 'single'")
        if not 0.5 <= least <= 1:
            raise ValueError(f"least={least!r}: it must be from 0.5 to 1")
        self.measured = dict(measured)
        style = {"description_width": "initial"}
        self.vectors_box = ipywidgets.Dropdown(options=list(self.measured), description="Vectors", style=style, layout={"width": "270px"})
        self.way_box = ipywidgets.ToggleButtons(options=[(label, name) for name, label in WAYS.items()], value=way, style={"button_width": "150px"})
        self.least_slider = ipywidgets.FloatSlider(
            least, min=0.5, max=1, step=0.005, readout_format=".3f", description="Least recall@k wanted", style=style, layout={"width": "420px"}
        )
        self.plot, self.answer = LivePlot(), ipywidgets.HTML()
        self._draw()
        for box in (self.vectors_box, self.way_box, self.least_slider):
            box.observe(lambda change: self._draw(), "value")
        row = ipywidgets.Layout(flex_flow="row wrap")
        super().__init__(
            [ipywidgets.HBox([self.vectors_box, self.way_box], layout=row), self.least_slider, LivePlotView(self.plot), self.answer]
        )

    @property
    def frame(self) -> pd.DataFrame:
        """The measurements shown."""
        return self.measured[self.vectors_box.value]

    def _title(self):
        return f"{self.vectors_box.value}: {WAYS[self.way_box.value]}, on one core"

    def _draw(self):
        least, way, frame = self.least_slider.value, self.way_box.value, self.frame
        self.chosen = fastest(frame, least, way)
        traces = [
            {"type": "scatter", "mode": "lines+markers", "name": kind, "x": own["recall"].tolist(), "y": own[way].tolist(),
             "text": own["setting"].tolist(), "marker": {"size": 9, "symbol": KINDS[kind][0], "color": color}, "line": {"color": color, "width": 1.5},
             "hovertemplate": f"<b>{kind}</b>, %{{text}}<br>recall %{{x:.3f}}<br>%{{y:,.0f}} queries a second<extra></extra>"}
            for (kind, own), color in zip(frame.groupby("index", sort=False), PALETTE)
        ]  # fmt: skip
        if self.chosen is not None:
            traces.append({"type": "scatter", "mode": "markers", "x": [self.chosen["recall"]], "y": [self.chosen[way]], "name": "fastest",
                           "marker": {"size": 20, "symbol": "circle-open", "color": INK, "line": {"width": 2.5}}, "hoverinfo": "skip"})  # fmt: skip
        low = min(0.5, frame["recall"].min()) - 0.02
        look = {
            "width": 720, "height": 390, "margin": {"l": 70, "r": 20, "t": 40, "b": 50},
            "shapes": [{"type": "rect", "xref": "x", "yref": "paper", "x0": low, "x1": least, "y0": 0, "y1": 1, "fillcolor": "#888888", "opacity": 0.18,
                        "line": {"width": 0}, "layer": "below"}],
        }  # fmt: skip
        axes = (
            {"title": {"text": "recall (share of the true nearest that is found)"}, "range": [low, 1.012]},
            {"title": {"text": "queries a second (log)"}, "type": "log", "dtick": 1},
        )
        self.plot.draw(traces, look, self._title(), axes, self.describe())
        self.answer.value = f"<p role='status' style='font-size: 14px'>{self._answer()}</p>"
        self._renew_static()

    def _answer(self):
        if self.chosen is None:
            return f"No index reaches a recall of {self.least_slider.value:.3f}."
        way, frame = self.way_box.value, self.frame
        row, exact = self.chosen, frame.loc[frame["index"] == "exact", way]
        gain = "" if row["index"] == "exact" or exact.empty else f", {row[way] / exact.iloc[0]:,.1f} times exact search"
        return (
            f"Fastest with a recall of at least {self.least_slider.value:.3f}: {row['index']} ({row['setting']}), recall {row['recall']:.3f}, "
            f"{row[way]:,.0f} queries a second{gain}; {row['build']:.1f} s to build, {row['megabytes']:,.{0 if row['megabytes'] >= 10 else 1}f} MB."
        )

    # The still form, for where there is no kernel.

    def describe(self) -> str:
        """What the plot shows, in words."""
        return f"{self._title()}: queries a second against recall, for {', '.join(self.frame['index'].unique())}. {self._answer()}"

    def static(self) -> tuple[dict, dict]:
        """(data, metadata) of a still picture: image/png, with its description as alt text and text/plain."""
        return figures.png_bundle(tradeoff_figure(self.measured, self.way_box.value), self.describe())


def tradeoff_figure(measured: Mapping[str, pd.DataFrame], way: str = "batched") -> Figure:
    """A panel for each frame of `measure_indexes`: queries a second against recall, a curve an index."""
    figure = Figure(figsize=(1 + 4 * len(measured), 3.4), dpi=figures.DPI, layout="constrained")
    panels: Sequence = figure.subplots(1, len(measured), squeeze=False)[0]
    for ax, (name, frame) in zip(panels, measured.items()):
        for (kind, own), color in zip(frame.groupby("index", sort=False), PALETTE):
            ax.plot(own["recall"], own[way], marker=KINDS[kind][1], color=color, lw=1.4, ms=6, label=kind)
        ax.set(yscale="log", title=name, xlabel="recall", ylabel=f"queries a second, {way}")
        ax.grid(alpha=0.25)
        ax.spines[["top", "right"]].set_visible(False)
    panels[0].legend(frameon=False, fontsize=9)
    return figure
