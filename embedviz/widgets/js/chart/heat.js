// A heat map. Its cells are a canvas of one pixel a cell, which the page enlarges: an epoch's new values cost a few
// hundred pixels, not as many elements. Labels and color bar are SVG. A cell is known by the numbers of its row and
// column: two labels may be equal.
//
// Values: { title, height, rows: [label, …], columns: [label, …], cells: numbers, row after row, range: [low, high] of
//   the colors, signed: whether 0 is their middle, xlabel: what the columns are, unit: what the color means }

import { element } from "../dom.js";
import { Chart } from "./frame.js";
import { fixed } from "./numbers.js";
import { linearTicks } from "./scales.js";
import { shades } from "./shades.js";
import { fitted, svg, widthIn } from "./svg.js";

// CSS pixels: of a line of text, from label to label, between things, of the color bar
const LINE = 18, PITCH = 15, GAP = 6, BAR = 10;
const LONGEST = 84; // of a label
const SHORT = 26; // labels up to here lie on their line, longer ones stand

export class HeatMap extends Chart {
  constructor(el) {
    super(el, "Arrow keys: from cell to cell.");
    this.cells = element("canvas", { "aria-hidden": "true" });
    this.bar = element("canvas", { width: 256, height: 1, "aria-hidden": "true" });
    this.plot.prepend(this.cells, this.bar);
  }

  draw(width) {
    const values = { ...this.values, height: this.values.height ?? 400 }, { rows, columns } = values;
    this.long = widthIn(this.svg);
    const fit = (labels, most) => labels.map((label) => fitted(label, most, this.long));
    const names = fit(rows, Math.min(LONGEST, width / 3)), heads = fit(columns, LONGEST);
    const left = Math.ceil(Math.max(0, ...names.map(this.long))) + GAP, right = width - 12;
    const longest = Math.ceil(Math.max(0, ...heads.map(this.long))), across = (right - left) / columns.length;
    const stand = longest > Math.max(SHORT, across - 4), under = longest && (stand ? longest : LINE) + GAP;
    const below = under + (values.xlabel ? LINE : 0); // the cells, up to the line of the color bar
    this.box = { left, right, top: 4, bottom: values.height - below - BAR - 3 * LINE - GAP };
    this.drawLabels(names, heads, stand, longest);
    const color = shades(values.signed, this.dark);
    this.paintCells(values, color);
    this.text(fitted(values.xlabel, width, this.long), (left + right) / 2, this.box.bottom + below - 4);
    this.drawBar(values, color, this.box.bottom + below + LINE - 4);
    return values.height;
  }

  text(text, x, y, more = {}) {
    this.svg.append(svg("text", { x, y, "text-anchor": "middle", ...more }, text));
  }

  drawLabels(names, heads, stand, longest) {
    const { left, right, top, bottom } = this.box;
    const tall = (bottom - top) / names.length, wide = (right - left) / heads.length;
    const every = Math.ceil(PITCH / tall), each = Math.ceil((stand ? PITCH : longest + GAP) / wide);
    names.forEach((name, i) => {
      if (i % every === 0) this.text(name, left - GAP, top + (i + 0.5) * tall + 5, { "text-anchor": "end" });
    });
    heads.forEach((head, i) => {
      if (i % each) return;
      const x = left + (i + 0.5) * wide, y = bottom + GAP;
      if (stand) this.text(head, x + 5, y, { "text-anchor": "end", transform: `rotate(-90 ${x + 5} ${y})` });
      else this.text(head, x, y + 12);
    });
  }

  paintCells({ rows, columns, cells, range: [low, high] }, color) {
    const canvas = Object.assign(this.cells, { width: columns.length, height: rows.length });
    const pen = canvas.getContext("2d"), image = pen.createImageData(canvas.width, canvas.height);
    cells.forEach((value, i) => {
      if (Number.isFinite(value)) image.data.set([...color((value - low) / (high - low)), 255], 4 * i);
    });
    pen.putImageData(image, 0, 0);
    lay(canvas, this.box.left, this.box.top, this.box.right - this.box.left, this.box.bottom - this.box.top);
  }

  drawBar({ range, unit }, color, top) {
    const { left, right } = this.box, pen = this.bar.getContext("2d"), image = pen.createImageData(256, 1);
    for (let i = 0; i < 256; i++) image.data.set([...color(i / 255), 255], 4 * i);
    pen.putImageData(image, 0, 0);
    lay(this.bar, left, top, right - left, BAR);
    const per = (right - left) / (range[1] - range[0]);
    for (const { value, text } of linearTicks(range, Math.floor((right - left) / 56))) {
      this.text(text, left + (value - range[0]) * per, top + BAR + 14);
    }
    this.text(fitted(unit, right, this.long), (left + right) / 2, top + BAR + 14 + LINE);
  }

  // A cursor is { row, column }.
  near(x, y) {
    if (!this.box) return null;
    const { left, right, top, bottom } = this.box, { rows, columns } = this.values;
    const row = Math.floor(((y - top) / (bottom - top)) * rows.length);
    const column = Math.floor(((x - left) / (right - left)) * columns.length);
    return row >= 0 && row < rows.length && column >= 0 && column < columns.length ? { row, column } : null;
  }

  step(cursor, key) {
    const { rows, columns } = this.values, last = columns.length - 1;
    if (!rows.length || last < 0) return null;
    if (!cursor) return { row: 0, column: 0 };
    const down = { ArrowUp: -1, ArrowDown: 1 }[key] ?? 0, right = { ArrowLeft: -1, ArrowRight: 1 }[key] ?? 0;
    const column = key === "Home" ? 0 : key === "End" ? last : Math.min(last, Math.max(0, cursor.column + right));
    return { row: Math.min(rows.length - 1, Math.max(0, cursor.row + down)), column };
  }

  tell({ row, column }) {
    const { rows, columns, cells, xlabel, unit } = this.values, { left, right, top, bottom } = this.box;
    if (row >= rows.length || column >= columns.length) return null;
    const width = (right - left) / columns.length, height = (bottom - top) / rows.length;
    const edge = { x: left + column * width, y: top + row * height, width, height };
    const value = cells[row * columns.length + column];
    const outline = [svg("rect", { class: "halo", ...edge }), svg("rect", { class: "cursor", ...edge })];
    const said = Number.isFinite(value) ? fixed(value, 2).replace("-", "−") : "not given";
    const where = `${xlabel} ${columns[column]}`.trim();
    return { place: [edge.x + width / 2, edge.y + height / 2], lines: [rows[row], where, `${unit}: ${said}`], outline };
  }
}

function lay(canvas, left, top, width, height) {
  Object.assign(canvas.style, { left: `${left}px`, top: `${top}px`, width: `${width}px`, height: `${height}px` });
}
