// The films that the user has seen: a search box to add one, and a button for each to take it away.

import { count, element, shorten } from "../dom.js";
import { button } from "../parts/controls.js";
import { searchBox } from "../parts/search.js";

const SHOWN = 12, WIDTH = 34, CLOSE = 6;
const NONE = "Films the user has seen: none yet. Search, or click on the map or on a recommendation.";

export function seenView(data, state, { like, load, toggle }) {
  const commit = (text) => { if (text.trim() && like(text)) box.show(""); };
  const box = searchBox("Add a film: type its title, then Enter", (text) => data.names.complete(text), commit);
  const clear = button("Clear", "Forget the user", () => load(null));
  const search = element("div", { className: "embedviz-row" }, box.root, clear);
  const message = element("div", { className: "embedviz-message" });
  const list = element("div", { className: "embedviz-seen" });
  let whole = false; // whether the earlier ones are shown too
  const showAll = () => { whole = true; showList(); };
  const showList = () => {
    const place = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    const liked = state.get("liked"), left = whole ? 0 : Math.max(liked.length - SHOWN, 0);
    const shown = liked.length ? chips(liked.slice(left), left, toggle, showAll) : [element("p", {}, NONE)];
    list.replaceChildren(...shown);
    if (place < 0) return;
    const there = list.querySelectorAll("button");
    (there[place] ?? there[there.length - 1] ?? box).focus(); // what was in focus has gone
  };
  const stops = [
    state.on("liked", (changed) => {
      const other = !changed || changed.has("user"), before = list.querySelectorAll("li").length;
      if (other) whole = false;
      showList();
      if (other) list.scrollTop = 0;
      else if (list.querySelectorAll("li").length >= before) list.scrollTop = list.scrollHeight; // the new one is last
    }),
    state.on("asked", () => message.replaceChildren(...suggestions(data, state.get("asked"), like))),
  ];
  const root = element("div", {}, search, message, list);
  return { root, focus: box.focus, stop: () => stops.forEach((stop) => stop()) };
}

function chips(names, left, toggle, showAll) {
  const made = names.map((name) => element("li", {}, element("button", {
    type: "button", className: "embedviz-chip", "aria-label": `remove ${name}`, onclick: () => toggle(name),
  }, `✕ ${shorten(name, WIDTH)}`)));
  const earlier = left ? [button(`and ${count(left)} earlier`, "Show all", showAll)] : [];
  const all = element("ul", { "aria-label": "Films that the user has seen" }, made);
  return [element("span", {}, "Has seen"), ...earlier, all];
}

// What to say of a name that is not there, and names that it may mean.
function suggestions(data, asked, like) {
  if (!asked) return [];
  const { close } = data.names.lookUp(asked, CLOSE), hint = close.length ? "Did you mean:" : "Try another spelling.";
  const said = element("p", { role: "alert" }, `“${shorten(asked, WIDTH)}” is not there. ${hint}`);
  const names = close.map((name) => element("li", {}, element("button", {
    type: "button", className: "embedviz-name", onclick: () => like(name),
  }, name)));
  return [said, ...(names.length ? [element("ul", { "aria-label": "Names like it" }, names)] : [])];
}
