// Where the categories are: what an encoding makes of them, as points that can be drawn.

import { turnedTo } from "../space/epochs.js";
import { pca } from "../space/projection.js";
import { vectorOf } from "./model.js";

// Points { x, y } of the categories `codes`, and what the axes are. `before`: what this gave for the epoch before, so
// that the picture does not turn between two epochs.
export function placesOf(model, codes, before) {
  const { width, encoding } = model;
  if (encoding === "one-hot") return { ...corners(codes), key: "corners" };
  const vectors = new Float64Array(codes.length * width);
  codes.forEach((code, i) => vectors.set(vectorOf(model, code), i * width));
  const axes = ["dimension 1", "dimension 2"], key = `${encoding} ${width} ${codes.length}`;
  if (width === 2) return { x: column(vectors, 2, 0), y: column(vectors, 2, 1), axes, key };
  let { coords } = pca(vectors, width, 2);
  if (before?.key === key) coords = turnedTo(coords, before.coords);
  const named = [`largest variance of ${width} dimensions`, "second largest"];
  return { x: column(coords, 3, 0), y: column(coords, 3, 1), axes: named, key, coords };
}

const column = (numbers, width, at) => numbers.filter((_, i) => i % width === at);

// The corners of a simplex, all equally far apart, in the projection that draws them as a regular polygon.
function corners(codes) {
  const angle = (i) => (2 * Math.PI * i) / codes.length;
  return {
    x: Float64Array.from(codes, (_, i) => Math.sin(angle(i))),
    y: Float64Array.from(codes, (_, i) => Math.cos(angle(i))),
    axes: ["each on an axis of its own: all are √2 apart", "(a projection)"],
  };
}

// A matrix of what each category becomes: of one-hot's columns those of the same categories.
export function matrixOf(model, codes) {
  return codes.map((code) => {
    const vector = vectorOf(model, code);
    return model.encoding === "one-hot" ? codes.map((other) => vector[other]) : [...vector];
  });
}

// The Euclidean distance of each two categories.
export function distancesOf(model, codes) {
  const vectors = codes.map((code) => vectorOf(model, code));
  const far = (one, other) => Math.sqrt(one.reduce((sum, value, i) => sum + (value - other[i]) ** 2, 0));
  return vectors.map((one) => vectors.map((other) => far(one, other)));
}
