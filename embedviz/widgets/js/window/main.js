// CBOW's forward pass on a sentence, number by number, while a window slides over it: the widget of chapter 3.

import "./window.css";
import { numbers, texts } from "../bytes.js";
import { element, shorten } from "../dom.js";
import { select, slider } from "../parts/controls.js";
import { State } from "../state.js";
import { CBOW } from "./cbow.js";
import { averageView, hiddenView, lossView, rankingView } from "./numbers.js";
import { legend, sentenceView } from "./sentence.js";

const PLACE = ["sentence", "position", "n"];

export function mount(el, source) {
  const cbow = new CBOW({
    words: texts(source.get("vocabulary")), sentences: source.get("sentences"),
    inputs: numbers(source.get("input_rows"), Float32Array), outputs: numbers(source.get("output_rows"), Float32Array),
  });
  const asked = () => cbow.within(Object.fromEntries(PLACE.map((name) => [name, source.get(name)])));
  const state = new State({});
  const show = (place) => {
    if (PLACE.some((name) => state.get(name) !== place[name])) state.set({ ...place, shown: cbow.at(place) });
  };
  const move = (changes) => { // by hand
    const place = cbow.within({ ...cbow.placeIn(state), ...changes });
    show(place);
    source.set(place);
  };
  show(asked());
  const views = [
    controls(state, cbow, source.get("widest"), move),
    sentenceView(state, cbow, (position) => move({ position })),
    { root: legend(), stop: () => {} },
    ...[averageView, hiddenView, rankingView, lossView].map((view) => view(state, cbow)),
  ];
  const root = element("div", { className: "embedviz embedviz-window" }, views.map((view) => view.root));
  const ends = [source.on([...PLACE, "widest"], () => show(asked())), ...views.map((view) => view.stop)];
  el.append(root);
  return () => { for (const end of ends) end(); root.remove(); };
}

function controls(state, cbow, widest, move) {
  const options = cbow.sentences.map((words, i) => ({ value: i, label: shorten(words.join(" "), 70) }));
  const sentence = select("Sentence", options, (value) => move({ sentence: value }));
  const ofAll = (place) => `${place} of ${cbow.known[state.get("sentence")].length}`;
  const place = slider("Word", { min: 1, max: 1, format: ofAll }, (value) => move({ position: value - 1 }));
  const width = slider("Window: words on each side", { min: 1, max: widest }, (value) => move({ n: value }));
  sentence.root.hidden = options.length < 2;
  const stop = state.on(PLACE, () => {
    const now = cbow.placeIn(state);
    sentence.show(now.sentence);
    place.show(now.position + 1, { max: cbow.known[now.sentence].length });
    width.show(now.n);
  });
  const rows = [[sentence.root], [place.root, width.root]];
  return { root: element("div", {}, rows.map((row) => element("div", { className: "embedviz-row" }, row))), stop };
}
