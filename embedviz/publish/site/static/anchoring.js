// What one reads stays where it is while something above it grows: a figure that comes to life, a formula, a picture.
// Browsers do that themselves ("scroll anchoring"), but Safari does not. Then we do.
"use strict";
(() => {
  const root = document.documentElement, article = document.querySelector(".bd-article");
  if (getComputedStyle(root).overflowAnchor === "auto" || !article) return;
  let kept = null; // { one, top }: what is to stay, and how far below the window's top
  let target = null; // what a link has led to, until the reader goes on by hand

  function find() {
    const { left, width } = article.getBoundingClientRect();
    for (let y = 80; y < innerHeight; y += 40) { // below the bar at the top
      const one = document.elementFromPoint(left + width / 2, y);
      if (one && one !== article && article.contains(one)) return one;
    }
    return null;
  }

  function keep() {
    const one = find();
    kept = one && { one, top: one.getBoundingClientRect().top };
  }

  function hold() {
    if (target) return target.scrollIntoView({ behavior: "instant" });
    const moved = kept?.one.isConnected ? kept.one.getBoundingClientRect().top - kept.top : 0;
    if (Math.abs(moved) >= 1) scrollBy({ top: moved, behavior: "instant" });
  }

  function led() {
    const [, name] = location.hash.match(/^#([^?]+)/) ?? [];
    try {
      target = name ? document.getElementById(decodeURIComponent(name)) : null;
    } catch { /* no text at all */ }
  }

  led();
  addEventListener("hashchange", led);
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"])
    addEventListener(kind, () => { target = null; }, { passive: true });
  addEventListener("scroll", keep, { passive: true });
  new ResizeObserver(hold).observe(article);
  keep();
})();
