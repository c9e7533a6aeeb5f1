// The retrieval explorer: who the user is, what is recommended and why, and where the user stands among the items.

import "./retrieval.css";
import { element } from "../dom.js";
import { State } from "../state.js";
import { changes } from "./changes.js";
import { read } from "./data.js";
import { listView } from "./list.js";
import { noteView } from "./note.js";
import { given } from "./people.js";
import { placeView } from "./place.js";
import { profileView } from "./profile.js";
import { seenView } from "./seen.js";
import { parts, recommend } from "./taste.js";

const SHARED = ["user", "profile", "liked", "asked"]; // with the kernel

export function mount(el, source) {
  const data = read(source.get("payload")), state = new State({ ...shared(source), hidden: [] });
  const stops = [advise(data, state), keepShared(state, source)], act = changes(data, state);
  const profile = profileView(data, state, act), seen = seenView(data, state, act);
  const list = listView(data, state, act), note = noteView(data, state);
  const place = element("div", { className: "embedviz-columns" });
  el.append(element("div", { className: "embedviz embedviz-retrieval" }, profile.root, seen.root, place, note.root));
  const map = placeView(data, state, act, seen.focus);
  place.append(map.root, list.root);
  return () => { for (const stop of [...stops, ...[profile, seen, map, list, note].map((view) => view.stop)]) stop(); };
}

// Keep the state's `advice` what follows from the rest of it.
function advise(data, state) {
  return state.on(["user", "profile", "liked"], () => {
    const history = state.get("liked").map((name) => data.names.row(name));
    const found = parts(data, given(data, state.get("user"), state.get("profile")), history);
    state.set({ advice: recommend(data, found, history, data.k) });
  });
}

const shared = (source) => Object.fromEntries(SHARED.map((name) => [name, source.get(name)]));

// What is done here goes to the kernel, what is done there comes here.
function keepShared(state, source) {
  const differing = (one, other) => Object.fromEntries(SHARED
    .filter((name) => JSON.stringify(one.get(name)) !== JSON.stringify(other.get(name)))
    .map((name) => [name, one.get(name)]));
  const stopState = state.on(SHARED, () => {
    const changes = differing(state, source);
    if (Object.keys(changes).length) source.set(changes);
  });
  const stopSource = source.on(SHARED, () => state.set(differing(source, state)));
  return () => { stopState(); stopSource(); };
}
