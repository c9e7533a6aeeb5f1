// The hypergeometric distribution: of n things K have a trait, N are drawn without replacement, x of these have it.
//
// Its probabilities are computed as Loader does (Fast and Accurate Computation of Binomial Probabilities, 2000): no
// large numbers cancel, as they would in the difference of two log factorials. So they are right to a relative 1e-12,
// down to 1e-300; below that they lose digits, and below 5e-324 they are 0.

// The probability that x or more have it.
export function upperTail(x, n, K, N) {
  const low = Math.max(0, K + N - n), high = Math.min(K, N), rest = n - K - N;
  if (x <= low) return 1;
  if (x > high) return 0;
  let term = 1, sum = 1; // in multiples of the first term: each has a simple ratio to the one before
  if (x * n > K * N) { // above the mean: from x upwards they fall
    for (let i = x; i < high && term > 1e-18 * sum; i++) {
      term *= (K - i) * (N - i) / ((i + 1) * (rest + i + 1));
      sum += term;
    }
    return Math.min(Math.exp(logProbability(x, n, K, N) + Math.log(sum)), 1);
  }
  for (let i = x - 1; i > low && term > 1e-18 * sum; i--) { // else 1 − those from x − 1 downwards, which fall too
    term *= i * (rest + i) / ((K - i + 1) * (N - i + 1));
    sum += term;
  }
  return Math.max(1 - Math.exp(logProbability(x - 1, n, K, N) + Math.log(sum)), 0);
}

// The logarithm of the probability that just x have it: a quotient of three binomial probabilities, whatever p is.
export function logProbability(x, n, K, N) {
  const p = N / n, q = (n - N) / n;
  return logBinomial(x, K, p, q) + logBinomial(N - x, n - K, p, q) - logBinomial(N, n, p, q);
}

// The logarithm of the binomial probability of x of n, each with the probability p = 1 − q.
function logBinomial(x, n, p, q) {
  if (n === 0) return 0;
  if (x === 0) return q === 0 ? -Infinity : n * (p < 0.1 ? Math.log1p(-p) : Math.log(q));
  if (x === n) return p === 0 ? -Infinity : n * (q < 0.1 ? Math.log1p(-q) : Math.log(p));
  if (p === 0 || q === 0) return -Infinity;
  const deviance = part(x, n * p) + part(n - x, n * q);
  return stirling(n) - stirling(x) - stirling(n - x) - deviance - Math.log(2 * Math.PI * x * (n - x) / n) / 2;
}

// x log(x / m) + m − x, without the loss of digits where x is near m.
function part(x, m) {
  const v = (x - m) / (x + m);
  if (Math.abs(v) >= 0.1) return x * Math.log(x / m) + m - x;
  let sum = (x - m) * v, term = 2 * x * v;
  for (let j = 3; ; j += 2) {
    term *= v * v;
    const next = sum + term / j;
    if (next === sum) return sum;
    sum = next;
  }
}

// log(n!) less Stirling's formula for it, for n from 1 to 15.
const STIRLING = [
  0.08106146679532726, 0.04134069595540929, 0.02767792568499834, 0.02079067210376509, 0.01664469118982119,
  0.01387612882307075, 0.01189670994589177, 0.01041126526197209, 0.009255462182712733, 0.008330563433362871,
  0.00757367548795184, 0.00694284010720953, 0.006408994188004207, 0.0059513701127588475, 0.005554733551962801,
];

// The same for any n of 1 or more, from 16 on by Stirling's series.
function stirling(n) {
  if (n < 16) return STIRLING[n - 1];
  const s = 1 / (n * n);
  return (1 / 12 - (1 / 360 - (1 / 1260 - s / 1680) * s) * s) / n;
}
