// Moments and days as the notebook's ledger has them. A moment is a whole number of microseconds since 1970, in UTC,
// since Python keeps microseconds and a Date would cut them off; a double holds them exactly until the year 2255. A day
// is a date where the reader is, as the number of days since 1970.

const SECOND = 1e6, HOUR = 3600 * SECOND;
export const MINUTE = 60 * SECOND;
export const DAY = 24 * HOUR;

const ISO = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(?:(Z)|([+-])(\d\d):?(\d\d))$/;

export const present = () => Date.now() * 1000;

// The moment that a text in ISO 8601 with a time zone names; NaN if it is none.
export function moment(text) {
  const [, year, month, date, hours, minutes, seconds = "0", part = "", , sign, zoneHours = 0, zoneMinutes = 0] =
    ISO.exec(text) ?? [];
  const day = dayNumber(Number(year), Number(month), Number(date));
  if (Number.isNaN(day) || hours > 23 || minutes > 59 || seconds > 59) return NaN;
  const zone = (zoneHours * HOUR + zoneMinutes * MINUTE) * (sign === "-" ? -1 : 1);
  return day * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND + Number(part.padEnd(6, "0")) - zone;
}

// As Python's isoformat writes a moment in UTC.
export function isoformat(at) {
  const part = ((at % SECOND) + SECOND) % SECOND;
  const text = new Date((at - part) / 1000).toISOString().slice(0, 19);
  return `${text}${part ? `.${String(part).padStart(6, "0")}` : ""}+00:00`;
}

// The day that it is here.
export function dayOf(at) {
  const there = new Date(Math.floor(at / 1000));
  return Date.UTC(there.getFullYear(), there.getMonth(), there.getDate()) / 864e5;
}

// A day as "2026-12-04", and back: NaN if a text is none.
export const isoDay = (day) => new Date(day * 864e5).toISOString().slice(0, 10);
export function fromIsoDay(text) {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  return dayNumber(Number(year), Number(month), Number(date));
}

// A day for people: "Friday 4 December".
export const saidDay = (day) => new Date(day * 864e5).toLocaleDateString("en-GB",
  { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });

function dayNumber(year, month, date) {
  const there = new Date(Date.UTC(year, month - 1, date));
  return there.getUTCMonth() === month - 1 && there.getUTCDate() === date ? there.getTime() / 864e5 : NaN;
}
