// Starts a deck: formulas first, for they decide how large things are, then what is too large is made to fit, then
// reveal.js.
const SMALLEST = 20; // CSS pixels of a table's letters

window.MathJax = {
  tex: { inlineMath: [["\\(", "\\)"]], displayMath: [["\\[", "\\]"]] },
  options: { enableMenu: false, ignoreHtmlClass: "code|printed" },
  startup: { typeset: false },
};

/** Make a table's letters smaller, down to SMALLEST, until it is within its slide. */
function fitTables() {
  for (const table of document.querySelectorAll(".slides .table, .slides .text table")) {
    const body = table.closest(".body"), room = body.getBoundingClientRect();
    const last = () => body.lastElementChild.getBoundingClientRect().bottom;
    const tooLarge = () => table.scrollWidth > room.width || last() > room.bottom;
    let size = parseFloat(getComputedStyle(table).fontSize);
    while (size > SMALLEST && tooLarge()) table.style.fontSize = `${--size}px`;
  }
}

/** Keys are the widget's while the pointer is on it, and turn slides again when it has left. */
function keysComeBack() {
  for (const frame of document.querySelectorAll(".living iframe")) {
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
  fitTables();
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
    pdfSeparateFragments: false,
    showNotes: asked.has("handout") ? "separate-page" : false, // ?print-pdf&handout: what is said, after each slide
    plugins: [RevealNotes],
  });
  Reveal.addKeyBinding({ keyCode: 84, key: "T", description: "Dark or light" }, () => {
    root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
  });
  root.dataset.ready = "yes";
}
