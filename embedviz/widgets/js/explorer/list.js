// The list beside the map: neighbors of the name in question, what a lasso has in common, or suggestions.

import { count } from "../dom.js";
import { neighborTable, panel, suggestions, traitTable } from "./tables.js";

const LINKS_SHOWN = 6; // in a row
const HINT = "Search for a name, or click on a point, to see its nearest neighbors. " +
  "Draw a lasso around points to see what they share.";

export function listView(state, data, question, neighbors = neighborList) {
  const { root, show } = panel(), pick = (name) => question.select(data.names.row(name));
  const off = state.on(["selected", "preview", "chosen", "message", "at", "distorted", "place"], () => {
    const { selected, preview, chosen, message } = state.values, row = preview ?? selected;
    if (message) show(...suggestions(message, pick));
    else if (chosen.length) show(...traitTable(data.traits(chosen), chosen.map((one) => data.names.at(one)), pick));
    else if (row !== null) show(...neighbors(row, state, data, pick));
    else show(HINT);
  });
  return { root, stop: off };
}

// The k nearest, and while the map shows what it distorts, what is near on the map alone.
function neighborList(row, state, data, pick) {
  const { at, distorted, place, dim } = state.values, found = data.neighbors(at, row), name = data.names.at(row);
  const near = distorted && place?.at === at ? data.nearOnMap(place, row, dim) : null;
  const rows = Array.from(found.rows, (other, i) => ({
    name: data.names.at(other),
    values: [found.similarities[i].toFixed(2), ...(near ? [near.includes(other) ? "near" : "torn"] : [])],
    links: linksText(data.shared(row, other)),
  }));
  const list = [neighborTable(`Nearest to ${name}`, ["Cosine", ...(near ? ["Map"] : [])], rows, pick)];
  const alone = (near ?? []).filter((other) => !found.rows.includes(other));
  if (alone.length) list.push(falseTable(data, at, row, alone, pick));
  return list;
}

function falseTable(data, at, row, alone, pick) {
  const ranks = data.ranks(at, row, alone);
  const rows = alone.map((other, i) => ({
    name: data.names.at(other), links: null,
    values: ranks ? [ranks[i].similarity.toFixed(2), count(ranks[i].rank)] : ["–", "–"],
  }));
  return neighborTable("False: near on the map alone", ["Cosine", "True rank"], rows, pick);
}

function linksText(links) {
  if (!links) return null;
  const more = links.length > LINKS_SHOWN ? ` + ${links.length - LINKS_SHOWN} more` : "";
  return (links.slice(0, LINKS_SHOWN).join(", ") || "none") + more;
}
