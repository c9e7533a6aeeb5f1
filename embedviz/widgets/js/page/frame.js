// A page of a widget within another page: what each tells the other, by postMessage. A file has no origin that could be
// checked: what comes is taken from the parent alone, and is no more than a text.
//
//   to the parent      { embedviz: "ready" }              once, when it listens
//                      { embedviz: "height", height }     of all that it has, in CSS pixels, now and after each change
//                      { embedviz: "view", fragment }     of the address that would show the same, see address.js
//   from the parent    { embedviz: "view", fragment }     show this; "": as the page was at first
//                      { embedviz: "theme", theme }       "light", "dark", or "": as the system has it

export const framed = () => window.parent !== window;

export const tellParent = (message) => window.parent.postMessage(message, "*");

// Call act(message) for each message of this kind; gives a function that ends it.
export function onParent(kind, act) {
  const hear = ({ source, data }) => { if (source === window.parent && data?.embedviz === kind) act(data); };
  window.addEventListener("message", hear);
  return () => window.removeEventListener("message", hear);
}

export const sayReady = () => tellParent({ embedviz: "ready" });

export function tellHeight() {
  const root = document.documentElement;
  let told = null;
  const tell = () => {
    const height = Math.ceil(root.getBoundingClientRect().height);
    if (height !== told) tellParent({ embedviz: "height", height: told = height });
  };
  new ResizeObserver(tell).observe(root);
  // A browser observes nothing in a frame that is out of sight: what comes first is told without it, so that a reader
  // who scrolls there finds all in its place.
  for (const wait of [0, 500, 2000]) setTimeout(tell, wait);
}

// As isDark in dom.js, theme.css and map.css read it.
export function takeTheme() {
  return onParent("theme", ({ theme }) => {
    const root = document.documentElement, known = theme === "light" || theme === "dark";
    if (known) root.dataset.theme = theme;
    else delete root.dataset.theme;
    root.style.colorScheme = known ? theme : "";
  });
}
