// Which index, which query, which settings; and step by step through the search.

import { element } from "../dom.js";
import { button, buttons, select, slider } from "../parts/controls.js";
import { searchBox } from "../parts/search.js";

const PAUSE = 1100; // milliseconds between two steps of a play

// `change(changes)` sets values; `closeUp(on)` shows the map around the query, or all of it.
export function controlsView(microscope, change, closeUp) {
  const numbered = (values) => values.map((value) => ({ value, label: String(value) }));
  const said = element("p", { role: "alert", hidden: true });
  const set = (name) => (value) => { play.stop(); change({ [name]: value }); };
  const index = buttons("Index", ["HNSW", "IVF"].map((value) => ({ value, label: value })), set("index"));
  const query = searchBox("Query: search for an item", (text) => microscope.names.complete(text), (text) => {
    const { name, close } = microscope.names.lookUp(text);
    said.hidden = name !== null;
    said.textContent = `No item is called “${text}”.${close.length ? ` Close: ${close.join(", ")}.` : ""}`;
    if (name !== null) set("selected")(name);
  });
  query.root.prepend(element("span", { "aria-hidden": "true" }, "Query"));
  const links = select("M", numbered([...microscope.graphs.keys()]), set("links"));
  const lists = select("nlist", numbered([...microscope.lists.keys()]), set("lists"));
  const [least, most] = microscope.ef, ef = slider("ef", { min: least, max: most }, set("ef"));
  const nprobe = slider("nprobe", { min: 1, max: 1 }, set("nprobe"));
  const near = button("Close-up", "The map around the query and its true nearest", () => {
    const on = near.getAttribute("aria-pressed") !== "true";
    near.setAttribute("aria-pressed", String(on));
    closeUp(on);
  });
  let shown = null;
  const go = (step) => change({ step: Math.min(Math.max(step, 0), shown.last) });
  const play = player(() => shown.at < shown.last && (go(shown.at + 1), true));
  const move = (step) => () => { play.stop(); go(step()); };
  const start = button("Start", "To the first step", move(() => 0));
  const back = button("Back", "One step back", move(() => shown.at - 1));
  const step = button("Step", "One step on", move(() => shown.at + 1));
  const end = button("End", "To the end of the search", move(() => shown.last));
  play.button.addEventListener("click", () => { if (!play.on && shown.at === shown.last) go(0); play.toggle(); });
  const place = slider("Step", { min: 0, max: 1, format: (value) => `${value} of ${shown?.last ?? 0}` }, (value) => {
    play.stop();
    go(value);
  });
  const row = (className, ...parts) => element("div", { className: `embedviz-row ${className}` }, parts);
  const steps = row("steps", start, back, step, play.button, end, place.root, near);
  const settings = row("settings", ...[index, query, links, lists, ef, nprobe].map((part) => part.root));
  const root = element("div", {}, settings, said, steps);
  return {
    root, stop: play.stop,
    show: (now) => {
      shown = now;
      const graph = now.index === "HNSW";
      index.show(now.index);
      query.show(now.selected);
      links.show(now.links);
      lists.show(now.lists);
      ef.show(now.ef);
      nprobe.show(now.nprobe, { max: now.lists });
      for (const part of [links, ef]) part.root.hidden = !graph;
      for (const part of [lists, nprobe]) part.root.hidden = graph;
      place.show(now.at, { max: now.last });
      for (const one of [start, back]) one.setAttribute("aria-disabled", String(now.at === 0));
      for (const one of [step, end]) one.setAttribute("aria-disabled", String(now.at === now.last));
      if (now.at === now.last) play.stop();
    },
  };
}

// A button that calls next() at intervals, until it gives false or the button is pressed again.
function player(next) {
  const one = button("Play", "Step by step to the end", () => {});
  let timer = null;
  const look = () => {
    one.textContent = timer === null ? "Play" : "Pause";
    one.setAttribute("aria-pressed", String(timer !== null));
  };
  const stop = () => { clearTimeout(timer); timer = null; look(); };
  const tick = () => {
    timer = setTimeout(() => { if (next()) tick(); else stop(); }, PAUSE);
    look();
  };
  const toggle = () => { if (timer === null) tick(); else stop(); };
  return { button: one, stop, toggle, get on() { return timer !== null; } };
}
