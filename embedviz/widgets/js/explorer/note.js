// The note below the map: how far it can be trusted, and what is still to be typed.

import { count, element } from "../dom.js";
import { unavailable } from "./controls.js";

const NAMES = { pca: "PCA", umap: "UMAP", direction: "Direction" };
const TYPE = "Type a name into each of the two boxes, or several with commas between: " +
  "the first axis will lead from the one to the other.";
const LINES = "Solid lines: true neighbors that are near on the map. Dashed, orange: torn away. " +
  "Crossed squares: false, near on the map alone.";

export function noteView(state, data) {
  const root = element("p", { className: "embedviz-note", role: "note" });
  const off = state.on(["projection", "place", "measures", "distorted", "dim", "umaps"], () => {
    root.textContent = said(state, data);
  });
  return { root, stop: off };
}

function said(state, data) {
  const { projection, place, measures, distorted } = state.values, shown = place?.projection ?? "pca", texts = [];
  if (projection === "direction" && shown !== "direction") texts.push(TYPE);
  if (projection === "pca" && data.n > data.umapMost && data.source.live) {
    texts.push(`UMAP of ${count(data.n)} names takes long: press its button if you have the time.`);
  }
  const why = ["projection", "umap"].some((name) => data.source.get("hide").includes(name)) ? null
    : unavailable("umap", state, data); // a button that is out of use cannot say it to a finger
  if (why) texts.push(why);
  if (measures) texts.push(...trusted(measures, shown, data));
  if (distorted) texts.push(LINES);
  texts.push(`The list is exact: cosine, in all ${data.dim} dimensions.`);
  return texts.join(" ");
}

function trusted({ kept, trust, continuity, sampled }, shown, data) {
  const known = kept.filter((share) => !Number.isNaN(share)), { near } = data;
  const mean = (near * known.reduce((sum, share) => sum + share, 0)) / known.length;
  const of = sampled ? `on average of a sample of ${count(sampled)} names.` : "on average.";
  const texts = [`${NAMES[shown]} keeps ${mean.toFixed(1)} of a name’s ${near} nearest neighbors near it, ${of}`];
  if (trust !== null) {
    texts.push(`Trustworthiness ${trust.toFixed(3)} (1: no false neighbors),`,
      `continuity ${continuity.toFixed(3)} (1: none torn away).`);
  }
  return texts;
}
