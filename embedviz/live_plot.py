"""Any plotly figure as a widget that changes while it is looked at: `LiveMap` is for points, this for all else."""

from collections.abc import Sequence

import ipywidgets
import traitlets

from embedviz.columns import INK
from embedviz.frontend import View
from embedviz.live_map import AXIS, PLOTLY, Library

LOOK = {
    "font": {"family": "Open Sans, Segoe UI, Helvetica, Arial, sans-serif", "size": 12, "color": INK},
    "hoverlabel": {"align": "left", "bgcolor": "white", "font": {"color": INK}},
    "modebar": {"orientation": "v", "remove": ["select2d", "lasso2d", "autoScale2d", "sendDataToCloud"]},
}


class LivePlot(ipywidgets.Widget):
    """Traces and a layout, drawn by the page with the plotly.js that all plots share."""

    library = traitlets.Unicode().tag(sync=True)  # the model of plotly.js
    traces = traitlets.List().tag(sync=True)
    look = traitlets.Dict().tag(sync=True)  # the layout
    description = traitlets.Unicode().tag(sync=True)  # what there is to see, for those who cannot

    def __init__(self):
        super().__init__(library=Library.shared().model_id)

    def draw(self, traces: Sequence[dict], look: dict, title: str, axes: tuple[dict, dict], description: str) -> None:
        """Show this instead of what was shown.

        Args:
            traces: as plotly.js takes them.
            look: the layout, but for what all plots have in common.
            title: of the plot.
            axes: what is particular about x and y.
            description: what there is to see, in words.
        """
        look = LOOK | {"title": {"text": title, "x": 0.02, "y": 0.97, "font": {"size": 14}}} | look
        with self.hold_sync():
            self.traces, self.description = list(traces), description
            self.look = look | {name: AXIS | axis for name, axis in zip(("xaxis", "yaxis"), axes)}


class LivePlotView(View):
    _esm = PLOTLY + """
    async function render({ model, el }) {
      const data = await model.widget_manager.get_model(model.get("data"));
      const Plotly = await plotly(model, data);
      const plot = el.appendChild(document.createElement("div"));
      plot.setAttribute("role", "img");
      const draw = () => {
        plot.setAttribute("aria-label", data.get("description"));
        // plotly.js writes into what it is given, and then would not see what is new.
        const { traces, look } = structuredClone({ traces: data.get("traces"), look: data.get("look") });
        return Plotly.react(plot, traces, look, { displaylogo: false });
      };
      await draw();
      let due;
      const later = () => { clearTimeout(due); due = setTimeout(draw); };  // several traits change together
      data.on("change:traces", later);
      data.on("change:look", later);
      return () => { data.off(null, later); clearTimeout(due); Plotly.purge(plot); };
    }
    export default { render };
    """
