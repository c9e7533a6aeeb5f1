// What is wider than the page scrolls in itself: it can be reached by a key, and a formula shows that there is more. A
// picture becomes smaller first, as long as its words can be read.
"use strict";
(() => {
  const WIDE = ".bd-article :is(pre, .output.text_html, .pst-scrollable-table-container, mjx-container, details, figure)";

  const READABLE = 0.65; // of a picture's own size: its letters of 16 pixels then have 10

  // In a table it is the table that scrolls.
  function mark(formula) {
    const drawn = formula.querySelector("svg"), around = formula.closest("p, li, dd, div, summary, h1, h2, h3, h4, td");
    if (!drawn || around.matches("td")) return;
    const room = around.clientWidth - parseFloat(getComputedStyle(around).paddingRight);
    formula.classList.toggle("ev-wide", room > 0 && drawn.getBoundingClientRect().width > room + 1);
  }

  function enlarge(picture) {
    const figure = picture.parentElement, needed = READABLE * picture.getAttribute("width");
    if (!figure.clientWidth) return; // folded away
    figure.classList.toggle("ev-large", needed > 1.1 * figure.clientWidth);
    figure.style.setProperty("--ev-width", `${needed}px`);
  }

  function look() {
    for (const picture of document.querySelectorAll("figure:is(.ev-still, .ev-picture) > img")) enlarge(picture);
    for (const formula of document.querySelectorAll(".bd-article mjx-container")) mark(formula);
    for (const one of document.querySelectorAll(WIDE)) {
      if (one.scrollWidth > one.clientWidth && !one.querySelector("a, button, iframe, summary")) one.tabIndex = 0;
    }
  }

  look();
  addEventListener("resize", look);
  document.addEventListener("toggle", look, true); // what was folded has had no width
  addEventListener("load", () => { window.MathJax?.startup?.promise.then(look); });
})();
