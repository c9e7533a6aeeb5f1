// What a map is drawn with beside the colors of its points, on white and on black; as PAPER and INK in look.py.

export const LIGHT = {
  paper: "#ffffff", ink: "#222222", faint: "#555555", frame: "#888888", leader: "#8a8a8a", lasso: "#0b57d0",
  torn: "#c33d00", false: "#7b3294",
};
export const DARK = {
  paper: "#111111", ink: "#eeeeee", faint: "#aaaaaa", frame: "#777777", leader: "#8a8a8a", lasso: "#7db2ff",
  torn: "#ff9d66", false: "#c9a0ff",
};

const PALE = 0.35; // how much is left of the color of points that are not in question

const FAMILIES = '"Open Sans", "Segoe UI", system-ui, Helvetica, Arial, sans-serif';
export const font = (size, weight = "") => `${weight} ${size}px ${FAMILIES}`.trim();

const channels = (color) => [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));

// A color as one number, in the order that ImageData has on all machines of today; `pale`: mixed with the paper.
export function packed(color, paper, pale = false) {
  const under = channels(paper), share = pale ? PALE : 1;
  const [r, g, b] = channels(color).map((own, i) => Math.round(under[i] + (own - under[i]) * share));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

export function transparent(color, opacity) {
  return `rgba(${channels(color).join(", ")}, ${opacity})`;
}
