// Numbers as texts, for ticks, tips and sentences.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

// A number with so many decimals and commas between thousands, as Python's f"{value:,.{decimals}f}": halves to even.
export function fixed(value, decimals) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const [units, rest] = halvesToEven(Math.abs(value), decimals).split(".");
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + units.replace(/\B(?=(\d{3})+$)/g, ",") + (rest ? `.${rest}` : "");
}

// toFixed rounds exactly, but a half upwards. A number of binary digits is a half only if it is one of so few of them.
function halvesToEven(value, decimals) {
  const text = value.toFixed(decimals), scaled = value * 10 ** decimals;
  if (!Number.isInteger(value * 2 ** (decimals + 1)) || scaled % 1 !== 0.5) return text;
  const down = Math.floor(scaled);
  return ((down % 2 ? down + 1 : down) / 10 ** decimals).toFixed(decimals);
}

// A number with so many digits that count, as a reader wants it: 0.000123, 12.3, 1,234,000, 1.23e−7.
export function significant(value, digits = 4) {
  if (!Number.isFinite(value)) return "not given";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e12)) return minus(Number(value.toPrecision(digits)).toExponential());
  return minus(value.toLocaleString("en", { maximumSignificantDigits: digits }));
}

// What stands at ticks that are `step` apart.
export function tickText(value, step) {
  const size = Math.abs(value);
  if (size >= 1e6) return minus(compact.format(value));
  if (size === 0 || step >= 1) return minus(whole.format(Math.round(value)));
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return minus(decimals > 5 ? value.toExponential(1).replace(".0e", "e") : value.toFixed(decimals));
}

const minus = (text) => text.replace("e+", "e").replace(/-/g, "−");
