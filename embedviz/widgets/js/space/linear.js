// Linear algebra for the maps: eigenvectors of symmetric matrices, and the rotation that fits one cloud to another.
// Matrices are Float64Array, row after row.

import { random } from "./random.js";

const EPSILON = 2 ** -52;

export function dot(a, b, size, fromA = 0, fromB = 0) {
  let one = 0, two = 0, three = 0, four = 0, i = 0;
  for (; i + 3 < size; i += 4) {
    one += a[fromA + i] * b[fromB + i];
    two += a[fromA + i + 1] * b[fromB + i + 1];
    three += a[fromA + i + 2] * b[fromB + i + 2];
    four += a[fromA + i + 3] * b[fromB + i + 3];
  }
  for (; i < size; i++) one += a[fromA + i] * b[fromB + i];
  return one + two + (three + four);
}

// into += factor · a
function add(into, factor, a, size, fromInto = 0, fromA = 0) {
  for (let i = 0; i < size; i++) into[fromInto + i] += factor * a[fromA + i];
}

// into += aᵀ · b, for a and b of shape (rows, size). Four rows at a time: `into` is less often read and written.
export function addProducts(into, a, b, rows, size) {
  for (let row = 0; row < rows; row += 4) {
    const at = [0, 1, 2, 3].map((i) => (row + i < rows ? (row + i) * size : -1)), [p, q, r, s] = at;
    for (let i = 0; i < size; i++) {
      const u = a[p + i], v = q < 0 ? 0 : a[q + i], w = r < 0 ? 0 : a[r + i], x = s < 0 ? 0 : a[s + i];
      const to = i * size;
      if (s < 0) {
        add(into, u, b, size, to, p);
        if (q >= 0) add(into, v, b, size, to, q);
        if (r >= 0) add(into, w, b, size, to, r);
      } else {
        for (let j = 0; j < size; j++) into[to + j] += u * b[p + j] + v * b[q + j] + (w * b[r + j] + x * b[s + j]);
      }
    }
  }
}

// The eigenvalues of a symmetric matrix, falling, and its unit eigenvectors, one in each row.
// Householder's reduction to a tridiagonal matrix, then QL steps with implicit shifts (Bowdler, Martin, Reinsch &
// Wilkinson, Numerische Mathematik 11, 1968).
export function eigen(matrix, size) {
  let scale = 0;
  for (let i = 0; i < size * size; i++) {
    if (!Number.isFinite(matrix[i])) throw new Error(`a matrix with ${matrix[i]}: it has no eigenvectors`);
    scale = Math.max(scale, Math.abs(matrix[i]));
  }
  const reduced = Float64Array.from(matrix, (value) => (scale ? value / scale : 0));
  const { diagonal, beside } = reduce(reduced, size), basis = reflections(reduced, size);
  for (let first = 0; first < size; first++) settle(first, diagonal, beside, basis, size);
  const order = Array.from(diagonal.keys()).sort((a, b) => diagonal[b] - diagonal[a] || a - b);
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => vectors.set(basis.subarray(from * size, (from + 1) * size), to * size));
  return { values: Float64Array.from(order, (at) => diagonal[at] * scale), vectors };
}

// H₍ₙ₋₃₎ … H₀ · a · H₀ … H₍ₙ₋₃₎ is tridiagonal. Row k of `a` then holds the unit vector v of Hₖ = 1 − 2vvᵀ (or zeros).
function reduce(a, size) {
  const diagonal = new Float64Array(size), beside = new Float64Array(size), w = new Float64Array(size);
  for (let k = 0; k < size; k++) {
    const row = k * size, from = k + 1, left = size - from, v = a.subarray(row + from, row + size);
    diagonal[k] = a[row + k];
    if (left < 2) {
      beside[k] = left ? v[0] : 0;
      continue;
    }
    const length = Math.sqrt(dot(v, v, left)), turned = v[0] > 0 ? -length : length;
    beside[k] = turned;
    if (length === 0) continue;
    v[0] -= turned;
    const norm = Math.sqrt(dot(v, v, left));
    for (let i = 0; i < left; i++) v[i] /= norm;
    for (let i = 0; i < left; i++) w[i] = 2 * dot(a, v, left, (from + i) * size + from);
    add(w, -dot(v, w, left), v, left);
    for (let i = 0; i < left; i++) {
      const to = (from + i) * size + from, vi = v[i], wi = w[i];
      for (let j = 0; j < left; j++) a[to + j] -= vi * w[j] + wi * v[j];
    }
  }
  return { diagonal, beside };
}

// (H₀ … H₍ₙ₋₃₎)ᵀ, of what `reduce` left.
function reflections(a, size) {
  const basis = new Float64Array(size * size);
  for (let i = 0; i < size; i++) basis[i * size + i] = 1;
  for (let k = size - 3; k >= 0; k--) {
    const from = k + 1, left = size - from, v = k * size + from;
    for (let i = from; i < size; i++) {
      const at = i * size + from;
      add(basis, -2 * dot(basis, a, left, at, v), a, left, at, v);
    }
  }
  return basis;
}

// QL steps until `beside` the diagonal's number `first` there is nothing left; the rows of `basis` turn with them.
function settle(first, diagonal, beside, basis, size) {
  for (let step = 0; ; step++) {
    let last = first;
    const small = (i) => EPSILON * (Math.abs(diagonal[i]) + Math.abs(diagonal[i + 1])) + 1e-200;
    while (last < size - 1 && Math.abs(beside[last]) > small(last)) last++;
    if (last === first) return;
    if (step === 200) throw new Error(`the eigenvalues of a matrix of size ${size} were not found`);
    const half = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first]), root = Math.sqrt(half * half + 1);
    let g = diagonal[last] - diagonal[first] + beside[first] / (half + (half < 0 ? -root : root));
    let sine = 1, cosine = 1, shift = 0, i = last - 1;
    for (; i >= first; i--) {
      const f = sine * beside[i], b = cosine * beside[i], r = Math.sqrt(f * f + g * g);
      beside[i + 1] = r;
      if (r === 0) { // it has fallen into two
        diagonal[i + 1] -= shift;
        beside[last] = 0;
        break;
      }
      sine = f / r;
      cosine = g / r;
      g = diagonal[i + 1] - shift;
      const t = (diagonal[i] - g) * sine + 2 * cosine * b;
      shift = sine * t;
      diagonal[i + 1] = g + shift;
      g = cosine * t - b;
      turn(basis, size, i, i + 1, cosine, -sine);
    }
    if (i >= first) continue;
    diagonal[first] -= shift;
    beside[first] = g;
    beside[last] = 0;
  }
}

// Rows p and q become c·p + s·q and c·q − s·p.
function turn(rows, size, p, q, c, s) {
  const a = p * size, b = q * size;
  for (let i = 0; i < size; i++) {
    const x = rows[a + i], y = rows[b + i];
    rows[a + i] = c * x + s * y;
    rows[b + i] = c * y - s * x;
  }
}

// The eigenvectors of the `count` largest eigenvalues, one in each row, of a symmetric matrix with none below 0 that is
// too big to be written down: `times(x)` is the matrix times x.
// Block Krylov space (Golub & Underwood, in: Mathematical Software III, 1977), kept orthogonal in full. A block is
// wider than `count`, so that equal eigenvalues are found as often as they are there.
export function leading(times, size, count, tolerance = 1e-9) {
  const next = random(1), basis = [], images = [];
  const start = Array.from({ length: count + 2 }, () => Float64Array.from({ length: size }, () => next() - 0.5));
  let block = orthogonal(start, basis, size), check = 4 * block.length;
  while (true) {
    const fresh = block.map(times);
    basis.push(...block);
    images.push(...fresh);
    block = orthogonal(fresh, basis, size);
    if (block.length && basis.length < check) continue;
    check = 1.25 * basis.length;
    const { vectors, residual } = best(basis, images, size, count);
    if (!block.length || residual <= tolerance) return vectors;
  }
}

// Unit vectors for what is in `vectors` and not in `basis`: at most as many, at right angles to it and to each other.
function orthogonal(vectors, basis, size) {
  const found = [];
  for (const vector of vectors) {
    const left = Float64Array.from(vector), before = Math.sqrt(dot(left, left, size));
    for (const b of [...basis, ...found, ...basis, ...found]) add(left, -dot(b, left, size), b, size); // twice: exact
    const length = Math.sqrt(dot(left, left, size));
    if (length > 1e-12 * before) found.push(left.map((value) => value / length));
  }
  return found.slice(0, Math.max(size - basis.length, 0));
}

// The best eigenvectors within a space (Rayleigh & Ritz), and how far they are from being such, as a share of the
// largest eigenvalue.
function best(basis, images, size, count) {
  const m = basis.length, inside = new Float64Array(m * m);
  for (let i = 0; i < m; i++) {
    for (let j = i; j < m; j++) inside[i * m + j] = inside[j * m + i] = dot(basis[i], images[j], size);
  }
  const { values, vectors: weights } = eigen(inside, m), vectors = new Float64Array(count * size);
  let residual = 0;
  for (let at = 0; at < count; at++) {
    const vector = vectors.subarray(at * size, (at + 1) * size), off = new Float64Array(size);
    for (let i = 0; i < m; i++) {
      add(vector, weights[at * m + i], basis[i], size);
      add(off, weights[at * m + i], images[i], size);
    }
    add(off, -values[at], vector, size);
    residual = Math.max(residual, Math.sqrt(dot(off, off, size)) / (values[0] || 1));
  }
  return { vectors, residual };
}

// The rotation or reflection R that makes a · R fit b best, where matrix = aᵀ · b (orthogonal Procrustes: Schönemann,
// Psychometrika 31, 1966): R = u · vᵀ for matrix = u · σ · vᵀ. Where σ = 0 any would do: there the axes of u that are
// nearest to the coordinates' own are taken, and a matrix of zeros gives no turn at all.
export function rotation(matrix, size) {
  const { left, right } = singular(matrix, size), turned = new Float64Array(size * size);
  for (let at = 0; at < size; at++) {
    for (let i = 0; i < size; i++) add(turned, left[at * size + i], right, size, i * size, at * size);
  }
  return turned;
}

// Singular vectors, one in each row of left and right. One-sided Jacobi rotations (Hestenes, 1958) are exact also where
// σ is small; they begin at the eigenvectors of matrixᵀ · matrix, where little is left to turn.
function singular(matrix, size) {
  const scale = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const scaled = Float64Array.from(matrix, (value) => value / scale), square = new Float64Array(size * size);
  addProducts(square, scaled, scaled, size, size);
  const right = eigen(square, size).vectors, left = new Float64Array(size * size);
  for (let at = 0; at < size; at++) {
    for (let i = 0; i < size; i++) left[at * size + i] = dot(scaled, right, size, i * size, at * size);
  }
  const squares = () => Float64Array.from({ length: size }, (_, at) => dot(left, left, size, at * size, at * size));
  let lengths = squares();
  for (let sweep = 0; sweep < 60 && !straight(left, right, lengths, size); sweep++) lengths = squares();
  complete(left, lengths, size);
  return { left, right };
}

// A sweep over all pairs of rows of `left`: those not at right angles are turned. Whether there was none.
function straight(left, right, squares, size) {
  const none = squares.reduce((most, square) => Math.max(most, square), 0) * (size * EPSILON) ** 2;
  let found = true;
  for (let p = 0; p < size; p++) {
    for (let q = p + 1; q < size; q++) {
      if (squares[p] <= none || squares[q] <= none) continue;
      const product = dot(left, left, size, p * size, q * size);
      if (Math.abs(product) <= size * EPSILON * Math.sqrt(squares[p] * squares[q])) continue;
      const half = (squares[q] - squares[p]) / (2 * product);
      const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.sqrt(1 + half * half));
      const c = 1 / Math.sqrt(1 + tangent * tangent), s = -c * tangent;
      for (const rows of [left, right]) turn(rows, size, p, q, c, s);
      squares[p] -= tangent * product;
      squares[q] += tangent * product;
      found = false;
    }
  }
  return found;
}

// The rows of `left` get length 1; those of no length become the missing axes.
function complete(left, squares, size) {
  const none = squares.reduce((most, square) => Math.max(most, square), 0) * (size * EPSILON) ** 2;
  const room = new Float64Array(size).fill(1), rows = [], missing = []; // room: the share of each axis not in the rows
  const keep = (row) => {
    rows.push(row);
    for (let i = 0; i < size; i++) room[i] -= row[i] * row[i];
  };
  for (let at = 0; at < size; at++) {
    const row = left.subarray(at * size, (at + 1) * size), length = Math.sqrt(squares[at]);
    if (squares[at] <= none) missing.push(row);
    else keep(row.map((value, i) => (row[i] = value / length)));
  }
  for (const row of missing) {
    row.fill(0);
    row[room.indexOf(Math.max(...room))] = 1;
    row.set(orthogonal([row], rows, size)[0]);
    keep(row);
  }
}
