// The one function that JavaScript has no fast form for, written down in WebAssembly: `multiply` of products.js, on 16
// bytes at a time, which are two numbers of float64 or four of float32. What it does, with all places in bytes:
//
//   for (i = 0; i < rows; i += 4)
//     for (j = 0, b = right; j < columns; j += 32) {         32 bytes are four columns, or eight
//       s[0 … 7] = 0; a = left;
//       for (k = depth; k > 0; k--) {                        b goes on, a begins anew for each j
//         for (r of [0, 1, 2, 3]) for (c of [0, 1]) s[2 r + c] += left[r] in all places · 16 bytes of right[c];
//         a += 4 numbers; b += 32;
//       }
//       four rows of `into` from j on = s;
//     }
//   and then left = a, into += 4 width.

// Numbers of the instructions (webassembly.github.io/spec, index of instructions), and how numbers are written.
const GET = 0x20, SET = 0x21, CONST = 0x41, ADD = 0x6a, SUB = 0x6b, LESS = 0x48, AGAIN = 0x0d, END = 0x0b;
const LOOP = [0x03, 0x40], I32 = 0x7f, V128 = 0x7b, VECTOR = 0xfd;
const LOAD = 0x00, STORE = 0x0b, ZEROS = [VECTOR, 0x0c, ...Array(16).fill(0)];
const OF_SIZE = { // bytes of a number: one of them loaded into all places, and what to do with two times 16 bytes
  4: { SPLAT: 0x09, PLUS: [VECTOR, 0xe4, 0x01], TIMES: [VECTOR, 0xe6, 0x01] },
  8: { SPLAT: 0x0a, PLUS: [VECTOR, 0xf0, 0x01], TIMES: [VECTOR, 0xf2, 0x01] },
};

const whole = (n) => (n < 64 ? [n] : [(n & 127) | 128, n >> 7]); // LEB128, up to 8191
const get = (local) => [GET, local], set = (local) => [SET, local];
const add = (local, ...what) => [...get(local), ...what, ADD, ...set(local)];
const memory = (kind, offset) => [VECTOR, kind, 2, offset]; // aligned to 2² bytes
const text = (letters) => [letters.length, ...new TextEncoder().encode(letters)];
const section = (number, bytes) => [number, ...whole(bytes.length), ...bytes];

// Parameters and locals.
const [INTO, WIDTH, LEFT, RIGHT, ROWS, COLUMNS, DEPTH, I, J, A, B, K, P, U, V, S] = Array(16).keys();
const SUMS = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => S + i);

const stored = [0, 1, 2, 3].flatMap((row) => [
  ...[0, 1].flatMap((c) => [...get(P), ...get(SUMS[2 * row + c]), ...memory(STORE, 16 * c)]), ...add(P, ...get(WIDTH)),
]);

function inner(size) {
  const { SPLAT, PLUS, TIMES } = OF_SIZE[size];
  const sums = [0, 1, 2, 3].flatMap((row) => [U, V].flatMap((right, c) => {
    const sum = SUMS[2 * row + c];
    return [...get(sum), ...get(A), ...memory(SPLAT, size * row), ...get(right), ...TIMES, ...PLUS, ...set(sum)];
  }));
  return [
    ...LOOP,
    ...get(B), ...memory(LOAD, 0), ...set(U), ...get(B), ...memory(LOAD, 16), ...set(V), ...sums,
    ...add(A, CONST, 4 * size), ...add(B, CONST, 32),
    ...get(K), CONST, 1, SUB, ...set(K), ...get(K), AGAIN, 0, END,
  ];
}

const columns = (size) => [
  ...LOOP,
  ...SUMS.flatMap((sum) => [...ZEROS, ...set(sum)]), ...get(LEFT), ...set(A), ...get(DEPTH), ...set(K),
  ...inner(size),
  ...get(INTO), ...get(J), ADD, ...set(P), ...stored,
  ...add(J, CONST, 32), ...get(J), ...get(COLUMNS), LESS, AGAIN, 0, END,
];

const rows = (size) => [
  ...LOOP,
  CONST, 0, ...set(J), ...get(RIGHT), ...set(B), ...columns(size), ...get(A), ...set(LEFT),
  ...[1, 2, 3, 4].flatMap(() => add(INTO, ...get(WIDTH))),
  ...add(I, CONST, 4), ...get(I), ...get(ROWS), LESS, AGAIN, 0, END,
];

// The module, for numbers of 4 or 8 bytes: it takes the memory `page.memory`, and gives `multiply`.
export function assembled(size) {
  const code = [2, 6, I32, 10, V128, ...rows(size), END]; // six locals of 32 bits, ten of 128
  return Uint8Array.from([
    0, ...new TextEncoder().encode("asm"), 1, 0, 0, 0,
    ...section(1, [1, 0x60, 7, ...Array(7).fill(I32), 0]), // one type: seven numbers, no result
    ...section(2, [1, ...text("page"), ...text("memory"), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text("multiply"), 0, 0]),
    ...section(10, [1, ...whole(code.length), ...code]),
  ]);
}
