// The small box beside a point that says what it is; texts of any length stay small.

import { element, shorten } from "../dom.js";

const NAME = 160, LINE = 120; // letters

export class Tip {
  constructor() {
    this.root = element("div", { className: "embedviz-tip", hidden: true });
  }

  show(name, lines, x, y, width, height) {
    const said = lines.map((line) => element("span", {}, shorten(line, LINE))), atLeft = x > width / 2;
    this.root.replaceChildren(element("b", {}, shorten(name, NAME)), ...said);
    Object.assign(this.root.style, {
      left: atLeft ? "" : `${x + 14}px`,
      right: atLeft ? `${width - x + 10}px` : "",
      top: y > height / 2 ? "" : `${y + 12}px`,
      bottom: y > height / 2 ? `${height - y + 8}px` : "",
      maxWidth: `${Math.min(300, Math.max(atLeft ? x - 14 : width - x - 18, 120))}px`,
    });
    this.root.hidden = false;
  }

  hide() {
    this.root.hidden = true;
  }
}
