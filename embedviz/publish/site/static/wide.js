// What is wider than the page scrolls in itself: it can be reached by a key, and a formula shows that there is more.
"use strict";
(() => {
  const WIDE = ".bd-article :is(pre, .output.text_html, .pst-scrollable-table-container, mjx-container, details)";

  // In a table it is the table that scrolls.
  function mark(formula) {
    const drawn = formula.querySelector("svg"), around = formula.closest("p, li, dd, div, summary, h1, h2, h3, h4, td");
    if (!drawn || around.matches("td")) return;
    const room = around.clientWidth - parseFloat(getComputedStyle(around).paddingRight);
    formula.classList.toggle("ev-wide", room > 0 && drawn.getBoundingClientRect().width > room + 1);
  }

  function look() {
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
