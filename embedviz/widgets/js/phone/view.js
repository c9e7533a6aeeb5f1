// The page of the drills: what is asked, of which section and topic, and the folded panels below.

import "../parts/theme.css";
import "./phone.css";
import { element } from "../dom.js";
import { button, select } from "../parts/controls.js";
import { drillView } from "../drill/view.js";
import { carryPanel, planPanel, progressPanel } from "./panels.js";

const ALL = { value: "", label: "all" };

// Events go to acts.drill(event, see drill/view.js), acts.choose({ section, topic }), acts.plan(changes), acts.save(),
// acts.load(text), acts.forget(), acts.update(). `sections`: { section: [topic, …] }.
export function phoneView(sections, acts) {
  const counts = element("p", { className: "counts" });
  const failure = element("p", { className: "failure", role: "alert" });
  const news = element("p", { className: "news", role: "status" });
  const drill = drillView(acts.drill);
  const section = select("Section", [ALL, ...Object.keys(sections).map((value) => ({ value, label: value }))],
    (value) => acts.choose({ section: value, topic: "" }));
  let chosen = { section: "", topic: "" }, turn = 0;
  const topic = select("Topic", [ALL], (value) => acts.choose({ ...chosen, topic: value }));
  const progress = progressPanel(), plan = planPanel(acts.plan), carry = carryPanel(acts);
  const root = element("div", { className: "embedviz embedviz-phone" },
    element("h1", {}, "Drills"), counts, failure, news,
    element("div", { className: "embedviz-row" }, section.root, topic.root),
    drill.root, progress.root, plan.root, carry.root);

  // model: { drill: see drill/view.js, counts, cards, chosen, statistics, retention, plan, failure, carried }
  function show(model) {
    const { due, fresh, learned, today } = model.counts;
    counts.textContent = `${due} to repeat, ${fresh} new today · ${learned} of ${model.cards} learned · ` +
      `${today} graded today`;
    chosen = model.chosen;
    section.show(chosen.section);
    const topics = chosen.section ? sections[chosen.section] : Object.values(sections).flat();
    topic.show(chosen.topic, [ALL, ...topics.map((value) => ({ value, label: value }))]);
    drill.show(model.drill);
    if (model.drill.turn !== turn && drill.root.getBoundingClientRect().top < 0) drill.root.scrollIntoView();
    ({ turn } = model.drill);
    if (failure.textContent !== model.failure) failure.textContent = model.failure;
    failure.hidden = !model.failure;
    carry.show(model.carried);
    progress.show(model.statistics, model.retention);
    plan.show(model.plan);
  }

  // A newer page lies ready: it comes when the reader says so, never in the middle of a card.
  const offerUpdate = () => news.replaceChildren("A newer version of the cards is here. ",
    button("Use it now", "Open the page anew; what you have graded is kept", acts.update));

  // A key that is pressed nowhere in particular is meant for the card.
  document.addEventListener("keydown", (event) => {
    if (event.target !== document.body) return;
    const { key, altKey, ctrlKey, metaKey, repeat } = event;
    const copy = new KeyboardEvent("keydown", { key, altKey, ctrlKey, metaKey, repeat, cancelable: true });
    if (!drill.root.dispatchEvent(copy)) event.preventDefault();
  });
  return { root, show, offerUpdate };
}
