// What tells one curve from another: the shape of its markers and its color, made readable on white or on black.

const POLYGONS = { // corners, of a marker of radius 1
  square: [[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]],
  diamond: [[0, -1.25], [1.05, 0], [0, 1.25], [-1.05, 0]],
  triangle: [[0, -1.2], [1.15, 0.85], [-1.15, 0.85]],
  cross: plus(1.15, 0.38),
  x: plus(1.2, 0.38).map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2]),
  star: Array.from({ length: 10 }, (_, i) => {
    const angle = (Math.PI * i) / 5, radius = i % 2 ? 0.55 : 1.4;
    return [radius * Math.sin(angle), -radius * Math.cos(angle)];
  }),
};

function plus(long, wide) {
  const quarter = [[-wide, -long], [wide, -long], [wide, -wide]]; // the upper arm, and the corner after it
  return [0, 1, 2, 3].flatMap((turns) => quarter.map((corner) => turned(corner, turns)));
}

function turned([x, y], quarters) {
  return quarters ? turned([-y, x], quarters - 1) : [x, y];
}

// The path (d) of a marker; circle, square, diamond, triangle, x, cross or star.
export function markPath(shape, x, y, radius) {
  if (!POLYGONS[shape]) {
    const half = (way) => `a${radius} ${radius} 0 1 0 ${way * 2 * radius} 0`;
    return `M${round(x - radius)} ${round(y)}${half(1)}${half(-1)}z`;
  }
  const corners = POLYGONS[shape].map((corner) => `${round(x + radius * corner[0])} ${round(y + radius * corner[1])}`);
  return `M${corners.join("L")}z`;
}

const round = (value) => Math.round(10 * value) / 10;

const PAPER = { light: [255, 255, 255], dark: [17, 17, 17] };
const LEAST = { light: 3, dark: 4.5 }; // contrast: 3 for what is no text (WCAG 1.4.11); on a dark wall more is needed

// A color "#rrggbb", mixed with black (or on black with white) until it can be told from the paper.
export function readable(color, dark) {
  const rgb = [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16)), look = dark ? "dark" : "light";
  for (let part = 0; part < 1; part += 0.02) {
    const mixed = rgb.map((value) => Math.round(value + part * ((dark ? 255 : 0) - value)));
    if (contrast(mixed, PAPER[look]) >= LEAST[look]) return hex(mixed);
  }
  return dark ? "#ffffff" : "#000000";
}

const hex = (rgb) => `#${rgb.map((value) => value.toString(16).padStart(2, "0")).join("")}`;

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

function luminance(rgb) {
  const linear = (share) => share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  const [r, g, b] = rgb.map((value) => linear(value / 255));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
