// The shapes of points, one for each class: polygons that are all as large as a circle of radius 1.

const ring = (count, turn, radii = [1]) => Array.from({ length: count }, (_, i) => {
  const angle = turn + (2 * Math.PI * i) / count, radius = radii[i % radii.length];
  return [radius * Math.sin(angle), -radius * Math.cos(angle)]; // y downward, from the top clockwise
});

const cross = (w) => [
  [-w, -1], [w, -1], [w, -w], [1, -w], [1, w], [w, w], [w, 1], [-w, 1], [-w, w], [-1, w], [-1, -w], [-w, -w],
];

// Stretched until the area is π times `share`.
function sized(corners, share = 1) {
  const area = Math.abs(corners.reduce((sum, [x, y], i) => {
    const [u, v] = corners[(i + 1) % corners.length];
    return sum + (x * v - u * y) / 2;
  }, 0));
  const k = Math.sqrt((Math.PI * share) / area);
  return corners.map(([x, y]) => [k * x, k * y]);
}

const SHAPES = {
  circle: sized(ring(28, 0)),
  square: sized(ring(4, Math.PI / 4)),
  triangle: sized(ring(3, 0)),
  diamond: sized(ring(4, 0)),
  down: sized(ring(3, Math.PI)),
  plus: sized(cross(0.36)),
  dot: sized(ring(28, 0), 0.5),
  star: sized(ring(10, 0, [1, 0.45])),
};

// The corners [x, y] of a shape; those of a circle for one that is not known.
export const corners = (shape) => SHAPES[shape] ?? SHAPES.circle;

const NUMBERS = Object.fromEntries(Object.keys(SHAPES).map((shape, i) => [shape, i]));
export const number = (shape) => NUMBERS[shape] ?? 0;

// How far a shape reaches from its middle, and the largest does.
const extent = (shape) => Math.max(...corners(shape).flat().map(Math.abs));
export const LARGEST = Math.max(...Object.keys(SHAPES).map(extent));

// Add a shape to the path of a canvas.
export function trace(context, shape, x, y, radius) {
  corners(shape).forEach(([dx, dy], i) => context[i ? "lineTo" : "moveTo"](x + radius * dx, y + radius * dy));
  context.closePath();
}

// A shape as the path of an SVG, its middle at (middle, middle).
export function svgPath(shape, radius, middle) {
  return `M${corners(shape).map((ends) => ends.map((end) => (middle + radius * end).toFixed(2)).join(" ")).join("L")}Z`;
}

const LINES = 16; // to a pixel

// How much of each pixel a shape covers, 0 to 1: an array of (2 reach + 1)² pixels, row by row. The middle of the
// shape is at (dx, dy), 0 to 1, in the middle pixel.
export function coverage(shape, radius, dx, dy) {
  const reach = Math.ceil(radius * extent(shape)) + 1, side = 2 * reach + 1, covered = new Float32Array(side * side);
  const points = corners(shape).map(([x, y]) => [x * radius + dx + reach, y * radius + dy + reach]);
  for (let line = 0; line < LINES * side; line++) { // exact along each line
    const ends = crossings(points, (line + 0.5) / LINES), start = Math.floor(line / LINES) * side;
    for (let i = 0; i + 1 < ends.length; i += 2) {
      const [a, b] = [ends[i], ends[i + 1]];
      for (let p = Math.floor(a); p <= Math.floor(b) && p < side; p++) {
        covered[start + p] += (Math.min(b, p + 1) - Math.max(a, p)) / LINES;
      }
    }
  }
  return { reach, covered };
}

// Where the outline crosses the line at y, from left to right.
function crossings(points, y) {
  const found = [];
  for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
    const [ax, ay] = points[i], [bx, by] = points[j];
    if (ay > y !== by > y) found.push(ax + ((bx - ax) * (y - ay)) / (by - ay));
  }
  return found.sort((a, b) => a - b);
}
