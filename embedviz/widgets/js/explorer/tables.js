// Tables of names: neighbors, what a group shares, suggestions. Names are buttons; `pick(name)` is called for each.

import "./tables.css";
import { count, element } from "../dom.js";

const NAMED = 20; // names of a lasso that are listed

const heading = (text, span = 1) => element("th", { scope: "col", colSpan: span }, text);
export const nameButton = (name, pick, label = name) =>
  element("button", { type: "button", dataset: { name }, onclick: () => pick(name) }, label);

const cell = (...content) => element("td", {}, ...content);
const line = (...cells) => element("tr", {}, ...cells);

// Rows are { name, values: [text, …], links: text or null }, nearest first.
export function neighborTable(caption, headings, rows, pick) {
  const span = 1 + headings.length, linked = rows.some((row) => row.links !== null);
  const head = [line(heading("#"), heading("Name"), headings.map((text) => heading(text)))];
  if (linked) head.push(line(cell(), heading("Links they share, rarest first", span)));
  const bodies = rows.map(({ name, values, links }, i) => {
    const named = element("th", { scope: "rowgroup" }, nameButton(name, pick));
    const first = line(cell(String(i + 1)), named, values.map((value) => cell(value)));
    return element("tbody", {}, first, links === null ? null : line(cell(), element("td", { colSpan: span }, links)));
  });
  return element("table", {}, element("caption", {}, caption), element("thead", {}, head), bodies);
}

// What some names share, and the first of the names.
export function traitTable(traits, names, pick) {
  const head = line(["What", "Of these", "Of all", "Lift"].map((text) => heading(text)));
  const bodies = traits.map((one) => element("tbody", {}, line(
    element("th", { scope: "row" }, one.trait),
    cell(`${Math.round(100 * one.share)}% (${count(one.count)})`),
    cell(`${(100 * one.overall).toFixed(1)}%`),
    cell(`${one.lift.toFixed(1)}×`),
  )));
  const nothing = element("td", { colSpan: 4 }, "Nothing that chance would not explain.");
  if (!bodies.length) bodies.push(element("tbody", {}, line(nothing)));
  const shown = names.slice(0, NAMED).flatMap((name, i) => [i ? ", " : "", nameButton(name, pick)]);
  if (names.length > NAMED) shown.push(` and ${count(names.length - NAMED)} more`);
  const caption = element("caption", {}, `What these ${count(names.length)} share`);
  return [element("table", {}, caption, element("thead", {}, head), bodies), element("p", {}, shown)];
}

// Two lists of { name, similarity }, row by row; what is in both is marked.
export function sideBySideTable(caption, titles, lists, pick) {
  const [one, other] = lists.map((list) => new Set(list.map(({ name }) => name)));
  const cells = ({ name, similarity }) => {
    const both = one.has(name) && other.has(name), button = nameButton(name, pick, both ? `● ${name}` : name);
    return [cell(both ? element("b", {}, button) : button), cell(similarity.toFixed(2))];
  };
  const head = line(heading("#"), titles.flatMap((title) => [heading(title), heading("Cosine")]));
  const bodies = lists[0].map((_, i) =>
    element("tbody", {}, line(cell(String(i + 1)), lists.map((list) => cells(list[i])))));
  const heads = [element("caption", {}, `${caption} (●)`), element("thead", {}, head)];
  return element("table", { className: "embedviz-beside" }, heads, bodies);
}

// A message, and names to choose from, with other texts on their buttons if need be.
export function suggestions({ text, names, labels = names }, pick) {
  const items = names.map((name, i) => element("li", {}, nameButton(name, pick, labels[i])));
  return [element("p", { role: "alert" }, text), items.length ? element("ul", {}, items) : null];
}

// A panel whose content changes: the focus stays where it was, or goes to the first name; the same list after another
// epoch keeps its place, and is not read out again.
export function panel() {
  const root = element("div", { className: "embedviz-panel", tabIndex: 0, role: "region", "aria-label": "List" });
  let about = null;
  const show = (...content) => {
    const focused = root.contains(document.activeElement) ? document.activeElement.dataset.name ?? "" : null;
    const before = about, scrolled = root.scrollTop, next = element("div", {}, ...content);
    about = (next.querySelector("caption") ?? next).textContent;
    root.setAttribute("aria-live", about === before ? "off" : "polite");
    root.replaceChildren(...next.childNodes);
    root.scrollTop = about === before ? scrolled : 0;
    if (focused === null) return;
    const namesake = (button) => about === before && button.dataset.name === focused;
    const same = [...root.querySelectorAll("button")].find(namesake);
    (same ?? root.querySelector("button") ?? root).focus();
  };
  return { root, show };
}
