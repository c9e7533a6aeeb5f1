// SVG elements from values, and how wide texts are.

const SPACE = "http://www.w3.org/2000/svg";

// svg("line", { x1: 0, …, "class": "…" }, child, …): all properties are attributes, and texts go in as texts.
export function svg(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, value);
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

let ruler;

// In CSS pixels, in the font of an element that is in the page.
export function widthIn(el) {
  ruler ??= document.createElement("canvas").getContext("2d");
  const { fontWeight, fontSize, fontFamily } = getComputedStyle(el), font = `${fontWeight} ${fontSize} ${fontFamily}`;
  return (text) => {
    ruler.font = font;
    return ruler.measureText(text).width;
  };
}

// The text, cut off with "…" where it is wider than that.
export function fitted(text, most, width) {
  if (width(text) <= most) return text;
  let low = 0, high = Math.min(text.length, 200);
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (width(`${text.slice(0, middle)}…`) <= most) low = middle;
    else high = middle;
  }
  return low ? `${text.slice(0, low).trimEnd()}…` : "";
}
