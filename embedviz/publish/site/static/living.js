// A figure of a chapter becomes the living widget: its page is loaded into a frame shortly before it is seen, and takes
// the still picture's place when it says how high it is. Where that never happens, the picture stays.
//
// What frames and we tell each other is in widgets/js/page/frame.js.
"use strict";
(() => {
  const AHEAD = "600px"; // how long before it is seen
  const root = document.documentElement;
  const frames = new Map(); // figure: its frame
  const tell = (frame, message) => frame.contentWindow.postMessage(message, "*");
  const dye = (frame) => tell(frame, { embedviz: "theme", theme: root.dataset.theme === "dark" ? "dark" : "light" });

  // "#name?selected=…" is the view of the figure with that id.
  function asked() {
    const [, name, fragment] = location.hash.match(/^#([\w-]+)\?(.*)$/) ?? [];
    const figure = name && document.getElementById(name);
    return figure?.classList.contains("ev-living") ? { figure, fragment } : null;
  }

  function load(figure, fragment = "") {
    if (frames.has(figure)) return;
    const frame = document.createElement("iframe");
    frame.title = figure.dataset.title;
    frame.className = "ev-waiting";
    frame.src = `${figure.dataset.page}${fragment && "#"}${fragment}`;
    frames.set(figure, frame);
    figure.prepend(frame);
  }

  function restore() {
    const wanted = asked();
    if (!wanted) return;
    const frame = frames.get(wanted.figure);
    if (frame) tell(frame, { embedviz: "view", fragment: wanted.fragment });
    else load(wanted.figure, wanted.fragment);
    wanted.figure.scrollIntoView();
  }

  const told = {
    ready(figure, frame) {
      dye(frame);
    },
    height(figure, frame, { height }) {
      if (!(height > 40)) return; // nothing drawn yet
      frame.style.height = `${Math.ceil(height)}px`;
      frame.classList.remove("ev-waiting");
      figure.classList.add("ev-drawn");
    },
    view(figure, frame, { fragment }) {
      if (document.activeElement !== frame) return; // what nobody has done is no view to keep
      history.replaceState(history.state, "", fragment ? `#${figure.id}?${fragment}` : `#${figure.id}`);
    },
  };

  addEventListener("message", ({ data, source }) => {
    const act = Object.hasOwn(told, data?.embedviz ?? "") && told[data.embedviz];
    if (!act) return;
    for (const [figure, frame] of frames) if (frame.contentWindow === source) act(figure, frame, data);
  });
  new MutationObserver(() => {
    for (const frame of frames.values()) dye(frame);
  }).observe(root, { attributes: true, attributeFilter: ["data-theme"] });

  const near = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      load(target);
    }
  }, { rootMargin: AHEAD });

  restore();
  addEventListener("hashchange", restore);
  for (const figure of document.querySelectorAll(".ev-living")) near.observe(figure);

  // A file may not fetch another: the search shows where it found something, without the lines around it.
  if (location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS === "object") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
  }
})();
