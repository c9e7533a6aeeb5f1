// Elements from values: texts go in as texts, so that no name is ever taken for markup.

// element("button", { type: "button", onclick }, "text", child, …); a property with a dash is an attribute. A style may
// be a property of CSS that we have named ourselves, "--x".
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name.includes("-") || name === "role") made.setAttribute(name, value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) setStyle(made.style, key, text);
    else if (name === "dataset") Object.assign(made.dataset, value);
    else made[name] = value;
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

function setStyle(style, key, text) {
  if (key.startsWith("--")) style.setProperty(key, text);
  else style[key] = text;
}

// An id that no other element of the page has: each widget there has its own copy of these modules.
export const uniqueId = () => `embedviz-${Math.random().toString(36).slice(2)}`;
export const shorten = (text, width) => (text.length <= width ? text : text.slice(0, width - 1).trimEnd() + "…");
export const count = (number) => number.toLocaleString("en");
export const signed = (number, digits) => number.toFixed(digits).replace("-", "−");

// Call act() when the theme, or the number of pixels to a CSS pixel, has changed; gives a function that ends it.
export function watchLook(act) {
  const themes = new MutationObserver(act);
  for (const place of [document.body, document.documentElement]) {
    themes.observe(place, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-theme", "class"] });
  }
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", act);
  let screen;
  const watchScreen = () => {
    screen = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    screen.addEventListener("change", again);
  };
  const again = () => { screen.removeEventListener("change", again); watchScreen(); act(); };
  watchScreen();
  return () => {
    themes.disconnect();
    dark.removeEventListener("change", act);
    screen.removeEventListener("change", again);
  };
}

// Whether what is drawn in this element should be light on dark: as JupyterLab, or the page, or else the system says.
export function isDark() {
  const { jpThemeLight } = document.body.dataset, { theme } = document.documentElement.dataset;
  if (jpThemeLight !== undefined) return jpThemeLight === "false";
  if (theme === "dark" || theme === "light") return theme === "dark";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}
