// Starts a deck: formulas first, for they decide how large things are, then what is too large is made to fit, then
// reveal.js.
const LARGEST = 36, SMALLEST = 28, SMALLEST_OF_TABLE = 20; // CSS pixels of letters
const SMALLEST_WIDGET = 0.8; // of its size in a page of its own

window.MathJax = {
  tex: { inlineMath: [["\\(", "\\)"]], displayMath: [["\\[", "\\]"]] },
  options: { enableMenu: false, ignoreHtmlClass: "code|printed" },
  startup: { typeset: false },
};

const LINE = 1.6; // a row of a table that is higher than so many times its letters, without its padding, is broken

const isBroken = (cell) => {
  const { fontSize, paddingTop, paddingBottom } = getComputedStyle(cell);
  return cell.clientHeight - parseFloat(paddingTop) - parseFloat(paddingBottom) > LINE * parseFloat(fontSize);
};

/** Make a slide's letters smaller until all is within it; then its tables', which may be smaller still. A table with
    room around it gets letters as large as the text's. */
function fit(body) {
  const room = body.getBoundingClientRect(), tables = [...body.querySelectorAll(".table, .text table")];
  const tooHigh = () => [...body.children].at(-1)?.getBoundingClientRect().bottom > room.bottom + 1 ||
    body.children[0]?.getBoundingClientRect().top < room.top - 1;
  const tooLarge = () => tooHigh() || tables.some((table) => table.scrollWidth > room.width + 1);
  body.classList.add("roomy");
  if (tooLarge() || [...body.querySelectorAll("td, th")].some(isBroken)) body.classList.remove("roomy");
  for (let size = LARGEST; size > SMALLEST && tooLarge(); ) body.style.fontSize = `${--size}px`;
  for (const table of tables) {
    let size = Math.floor(parseFloat(getComputedStyle(table).fontSize));
    while (size > SMALLEST_OF_TABLE && tooLarge()) table.style.fontSize = `${--size}px`;
  }
}

const frames = () => [...document.querySelectorAll(".living iframe")];

/** Tell the living widgets how dark the deck is: those that are loaded; others ask when they are, see page/frame.js. */
function dyeFrames() {
  const { theme } = document.documentElement.dataset;
  for (const frame of frames()) if (frame.src) frame.contentWindow.postMessage({ embedviz: "theme", theme }, "*");
}

/** Make a widget that is higher than its place smaller, down to SMALLEST_WIDGET; what is still higher scrolls. */
function shrink(frame, height) {
  const place = frame.parentElement, before = Number(frame.dataset.scale ?? 1);
  const scale = Math.min(before, Math.max(SMALLEST_WIDGET, place.clientHeight / height));
  if (scale === before || !place.clientHeight) return;
  frame.dataset.scale = scale;
  Object.assign(frame.style, { width: `${100 / scale}%`, height: `${100 / scale}%`, transform: `scale(${scale})` });
}

// What a widget's page tells, see page/frame.js. Its picture shows until it says that it is drawn: no slide stays blank.
addEventListener("message", ({ data, source }) => {
  const frame = frames().find((one) => one.contentWindow === source);
  if (!frame) return;
  if (data?.embedviz === "height") shrink(frame, data.height);
  if (data?.embedviz === "ready") {
    frame.classList.add("drawn");
    dyeFrames();
  }
});

/** Keys are the widget's while the pointer is on it, and turn slides again when it has left. */
function keysComeBack() {
  for (const frame of frames()) {
    frame.addEventListener("pointerleave", () => {
      if (document.activeElement !== frame) return;
      frame.blur();
      window.focus();
    });
  }
}

async function startDeck() {
  const root = document.documentElement;
  root.classList.add("measuring"); // all slides are there, so that formulas and tables have a size
  await MathJax.startup.promise;
  await MathJax.typesetPromise();
  document.querySelectorAll(".slides .body").forEach(fit);
  root.classList.remove("measuring");
  keysComeBack();
  const asked = new URLSearchParams(location.search);
  await Reveal.initialize({
    ...window.embedvizDeck,
    margin: 0,
    center: false,
    display: "flex",
    hash: true,
    slideNumber: "c/t",
    transition: "none",
    backgroundTransition: "none",
    viewDistance: 2, // so a widget loads while the slide before it is shown
    mobileViewDistance: 2,
    defaultTiming: 0, // the speaker's clock follows the slides' own minutes
    scrollActivationWidth: null, // on a phone too a slide is a slide, only smaller
    pdfSeparateFragments: false,
    showNotes: asked.has("handout") ? "separate-page" : false, // ?print-pdf&handout: what is said, after each slide
    plugins: [RevealNotes],
  });
  Reveal.addKeyBinding({ keyCode: 84, key: "T", description: "Dark or light" }, () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    dyeFrames();
  });
  // A widget far from the slide that is shown has been unloaded.
  Reveal.on("slidechanged", () => frames().forEach((frame) => frame.src || frame.classList.remove("drawn")));
  root.dataset.ready = "yes";
}
