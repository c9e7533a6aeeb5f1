// A text as a tree of nodes, as course/markup.py makes it, built into elements: no markup is ever parsed here.

import { element } from "../dom.js";

const MATH = "http://www.w3.org/1998/Math/MathML";
const HTML = new Set(["h2", "p", "em", "strong", "code", "pre", "ul", "ol", "li", "br", "blockquote", "a", "table",
  "thead", "tbody", "tr", "th", "td"]);
const LINK = /^(https?:\/\/|(\.\.\/)?[\w.-]+\.(ipynb|md|html)(#|$)|#)/; // to elsewhere, or to what lies beside the page

// Elements and texts of a list of nodes: a text, or [tag, attributes, child, …].
export function built(nodes) {
  return nodes.map((node) => typeof node === "string" ? document.createTextNode(node) : one(node));
}

function one([tag, attributes, ...children]) {
  if (tag === "math") return math([tag, attributes, ...children]);
  if (!HTML.has(tag)) return element("span", {}, built(children));
  if (tag !== "a") return element(tag, {}, built(children));
  return linkTo(attributes.href, ...built(children));
}

// A link that opens beside this page; words alone where the address is none that a card may have.
export function linkTo(href, ...children) {
  if (!LINK.test(href ?? "")) return element("span", {}, children);
  const made = element("a", { href, target: "_blank", rel: "noopener" }, children);
  if (!/^https?:/.test(href)) made.addEventListener("click", () => openInLab(made));
  return made;
}

// In JupyterLab a link to a file beside the notebook opens as one in a text cell does, at its heading, and Markdown as
// it reads: JupyterLab looks for this command on whatever is clicked. Elsewhere the attributes mean nothing.
function openInLab(link) {
  const path = link.pathname.split("/tree/")[1];
  if (path === undefined) return;
  const args = { path: decodeURIComponent(path), id: decodeURIComponent(link.hash) };
  link.setAttribute("data-commandlinker-command", "rendermime:handle-local-link");
  link.setAttribute("data-commandlinker-args", JSON.stringify(args));
}

function math([tag, attributes, ...children]) {
  const made = document.createElementNS(MATH, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (!name.startsWith("on") && name !== "href") made.setAttribute(name, value);
  }
  made.append(...children.map((child) => typeof child === "string" ? child : math(child)));
  return made;
}
