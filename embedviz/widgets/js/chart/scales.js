// Scales: from values to places in pixels, and the ticks on them.

import { tickText } from "./numbers.js";

const SETS = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1]]; // what may be labeled in a decade

// { at(value): pixel (NaN where the value has no place), ticks: [{ value, text }] }.
export function scale(range, pixels, { log = false, whole = false, most = 6 } = {}) {
  const [from, to] = pixels, form = log ? Math.log10 : Number, [low, high] = range.map(form);
  const per = (to - from) / (high - low || 1);
  const at = (value) => value < range[0] || value > range[1] ? NaN : from + (form(value) - low) * per;
  return { at, ticks: log ? logTicks(range, most) : linearTicks(range, most, whole) };
}

// Steps of 1, 2 or 5 times a power of ten, at most about so many of them; two at least, where that can be.
export function linearTicks([low, high], most, whole = false) {
  const least = (high - low) / Math.max(1, most);
  if (!(least > 0)) return [{ value: low, text: tickText(low, Math.abs(low) || 1) }];
  const power = 10 ** Math.floor(Math.log10(least)), steps = [0.5, 1, 2, 5, 10].map((times) => times * power);
  const enough = steps.findIndex((step) => step > 0.999 * least);
  const ticks = stepped(low, high, Math.max(steps[enough], whole ? 1 : 0));
  return ticks.length > 1 || whole ? ticks : stepped(low, high, steps[enough - 1]);
}

function stepped(low, high, step) {
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    const value = i * step + 0; // no −0
    ticks.push({ value, text: tickText(value, step) });
  }
  return ticks;
}

// Powers of ten, with 2 and 5 times them (or all nine) where there is room; where even those are too few, as linear.
export function logTicks([low, high], most) {
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  for (const set of SETS) {
    const values = [];
    for (let power = first; power <= last; power++) {
      for (const times of set) {
        const value = Number(`${times}e${power}`);
        if (value >= low && value <= high) values.push(value);
      }
    }
    const every = set.length === 1 ? Math.ceil(values.length / Math.max(1, most)) : 1;
    if (values.length > most && set.length > 1) continue;
    if (values.length < 2) break;
    return values.filter((_, i) => i % every === 0).map((value) => ({ value, text: tickText(value, value) }));
  }
  return linearTicks([low, high], most);
}

// The range that holds all these values, with some air; of values that have no logarithm none on a logarithmic axis.
export function rangeOf(values, { log = false, air = 0.06 } = {}) {
  let low = Infinity, high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return log ? [1, 10] : [0, 1];
  if (log) {
    const factor = high > low ? (high / low) ** air : 2;
    return [low / factor, high * factor];
  }
  const more = high > low ? air * (high - low) : Math.abs(low) / 10 || 1;
  return [low - more, high + more];
}
