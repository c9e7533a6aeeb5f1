// Random numbers from a seed: the same seed, the same numbers, in every browser.

// A function that gives the next number, 0 ≤ x < 1 (mulberry32, by Tommy Ettinger).
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// `count` of the numbers 0 … n − 1, each at most once, rising; all of them where count is null or not below n.
export function drawn(n, count, seed) {
  const numbers = Int32Array.from({ length: n }, (_, i) => i);
  if (count === null || count >= n) return numbers;
  const next = random(seed);
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(next() * (n - i)), kept = numbers[i];
    numbers[i] = numbers[j];
    numbers[j] = kept;
  }
  return numbers.slice(0, count).sort();
}
