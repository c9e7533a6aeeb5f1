// A plotly figure: plotly.js comes gzipped from the `Library` that the widget model names, once for all plots.

const load = async (library) => {
  const unpacked = new Blob([library.get("code")]).stream().pipeThrough(new DecompressionStream("gzip"));
  const code = await new Response(unpacked).text(), module = { exports: {} };
  new Function("module", "exports", "define", code)(module, module.exports, undefined);
  return module.exports;
};

const plotly = async (model, data) => {
  const library = await model.widget_manager.get_model(data.get("library"));
  return globalThis.embedvizPlotly ??= load(library).catch((error) => { delete globalThis.embedvizPlotly; throw error; });
};

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
