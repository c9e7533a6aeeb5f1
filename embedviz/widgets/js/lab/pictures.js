// What the charts of the lab show, as values of chart/lines.js and chart/heat.js, each with its description in words.

import { significant } from "../chart/numbers.js";
import { outputAt, outputOf, vectorOf } from "./model.js";
import { distancesOf, matrixOf, placesOf } from "./places.js";

const COLUMN_NAMES = { label: "code", "one-hot": "column of", embedding: "dimension" };
const CURVE = 240; // points of the network's curve
const EXACT = "#666666"; // of lines that are no network's

// The target's name and unit; of a class it is a share.
const unitOf = ({ name, unit, classification }) =>
  classification ? `share of ${name}` : name + (unit ? ` (${unit})` : "");

// What a category becomes, as a table of numbers.
export function tableOf({ choice, model, column }) {
  const { encoding } = choice, rows = column.frequent.map((code) => column.names[code]);
  const cells = matrixOf(model, column.frequent), signed = encoding !== "one-hot";
  const most = Math.max(1e-6, ...cells.flat().map(Math.abs));
  const columns = encoding === "one-hot" ? rows : model.width > 1 ? cells[0].map((_, i) => String(i + 1)) : [""];
  return heat(`${choice.column} as ${encoding}`, rows, columns, cells.flat(), [signed ? -most : 0, most], signed,
    COLUMN_NAMES[encoding], "value");
}

export function distanceTable({ choice, model, column }) {
  const rows = column.frequent.map((code) => column.names[code]), cells = distancesOf(model, column.frequent).flat();
  return heat("Distances between values", rows, rows, cells, [0, Math.max(1e-6, ...cells)], false, choice.column,
    "Euclidean distance");
}

function heat(title, rows, columns, cells, range, signed, xlabel, unit) {
  const [low, high] = [Math.min(...cells), Math.max(...cells)].map((value) => value.toFixed(2));
  const said = `${title}: ${rows.length} rows, ${columns.length} columns, ${unit} from ${low} to ${high}.`;
  return { kind: "heat", said, values: { title, rows, columns, cells, range, signed, xlabel, unit } };
}

// The categories on a line, with the network's curve above it, or on a plane. `before`: the places of the epoch before.
export function places(shown, data, before) {
  return shown.model.width === 1 ? alongLine(shown, data) : onPlane(shown, data, before);
}

function alongLine({ choice, model, column }, data) {
  const x = column.seen.map((code) => vectorOf(model, code)[0]), y = column.seen.map((code) => column.means[code]);
  const [low, high] = [Math.min(...x), Math.max(...x)], step = (high - low || 1) / (CURVE - 1);
  const along = Float64Array.from({ length: CURVE }, (_, i) => low + i * step);
  const curve = along.map((value) => data.prediction(outputAt(model, [value])));
  const number = choice.encoding === "label" ? "code" : "the learned number";
  const from = (values) => `from ${significant(Math.min(...values), 3)} to ${significant(Math.max(...values), 3)}`;
  const said = `${choice.column} as ${choice.encoding}: each value is a point on a line. The network's curve over the `
    + `line goes ${from(curve)}, the means of the values ${from(y)}.`;
  const [own, mean] = [data.looks[0], { ...data.looks[3], notes: column.seen.map((code) => column.names[code]) }];
  return { kind: "lines", said, values: {
    title: `${choice.column} as ${choice.encoding}: a line, and the network's curve over it`, legend: true,
    x: { title: number, decimals: 3 }, y: { title: unitOf(data) },
    curves: [
      { name: "what the network says", ...own, x: along, y: curve, form: "line", strong: true },
      { name: "mean of a value", ...mean, x, y, form: "points", labels: labelsOf(column, column.seen) },
    ],
  } };
}

function onPlane({ choice, model, column }, data, before) {
  const oneHot = choice.encoding === "one-hot", codes = oneHot ? column.frequent : column.seen;
  const found = placesOf(model, codes, before), labels = labelsOf(column, codes);
  const groups = thirds(codes.map((code) => column.means[code]));
  const curves = groups.map(({ name, members }, i) => ({
    name: `${unitOf(data)} ${name}`, ...data.groupLooks[i], form: "points",
    x: members.map((at) => found.x[at]), y: members.map((at) => found.y[at]),
    notes: members.map((at) => column.names[codes[at]]), labels: members.map((at) => labels[at]),
  }));
  const said = oneHot ? `${choice.column} as one-hot: ${codes.length} corners, all equally far apart.`
    : `${choice.column} as embedding: ${codes.length} places in ${model.width} dimensions.`;
  const title = oneHot ? `${choice.column} as one-hot: corners` : `${choice.column} as embedding: places`;
  return { kind: "lines", said, found, values: { title, legend: true, curves,
    x: { title: found.axes[0], decimals: 3 }, y: { title: found.axes[1], decimals: 3 } } };
}

// Names of the most frequent, for those that there may be no room for all.
const labelsOf = ({ frequent, names }, codes) => {
  const often = new Set(frequent);
  return codes.map((code) => (often.has(code) ? names[code] : undefined));
};

// Three groups of about as many values, from low to high: { name, members: their places in the list }.
function thirds(values) {
  const sorted = [...values].sort((a, b) => a - b), cut = (share) => sorted[Math.floor(share * sorted.length)];
  const [first, second] = [cut(1 / 3), cut(2 / 3)], members = [[], [], []];
  values.forEach((value, i) => members[value < first ? 0 : value < second ? 1 : 2].push(i));
  const [low, high] = [first, second].map((value) => significant(value, 3));
  return [`below ${low}`, `${low} to ${high}`, `from ${high}`].map((name, i) => ({ name, members: members[i] }))
    .filter((group) => group.members.length);
}

// For each value what the network says, against the mean of its training rows.
export function predictions({ model, column }, data) {
  const x = column.seen.map((code) => column.means[code]);
  const y = column.seen.map((code) => data.prediction(outputOf(model, code)));
  const ends = [Math.min(...x), Math.max(...x)];
  const off = y.reduce((sum, value, i) => sum + Math.abs(value - x[i]), 0) / y.length;
  const said = `What the network says of each of ${x.length} values, against the mean of its training rows: on average `
    + `${`${significant(off, 3)} ${data.unit}`.trim()} from it.`;
  return { kind: "lines", said, values: {
    title: "What it says of each value, against its mean", legend: true,
    x: { title: `its mean, ${unitOf(data)}`, name: "mean" },
    y: { title: `prediction, ${unitOf(data)}`, name: "prediction" },
    curves: [
      { name: "exactly the mean", x: ends, y: ends, color: EXACT, shape: "circle", form: "line" },
      { name: "a value", ...data.looks[3], x, y, form: "points", notes: column.seen.map((code) => column.names[code]),
        labels: labelsOf(column, column.seen) },
    ],
  } };
}

// The errors of all runs, epoch by epoch.
export function errors({ runs, current, choice }, data) {
  const epochs = (errors) => Float64Array.from(errors, (_, i) => i + 1);
  const curves = runs.flatMap((run) => {
    const look = data.looks[run.number % data.looks.length], strong = run.id === current;
    const held = { name: run.label, ...look, x: epochs(run.validation), y: Float64Array.from(run.validation), strong };
    const own = { ...look, x: epochs(run.train), y: Float64Array.from(run.train), form: "dashes" };
    return strong ? [held, { name: "the same on the training rows", ...own }] : [held];
  });
  const longest = Math.max(choice.epochs, ...runs.map((run) => run.choice.epochs));
  const said = runs.filter((run) => run.validation.length).map((run) =>
    `${run.label} ${significant(run.validation.at(-1))} after ${run.validation.length} epochs`);
  const error = data.error[0].toUpperCase() + data.error.slice(1);
  return {
    kind: "lines", said: `${[`${error}: predicting the mean ${significant(data.baseline)}`, ...said].join("; ")}.`,
    values: {
      title: "Error as it trains", legend: true, curves, levels: [{ y: data.baseline, name: "the mean (baseline)" }],
      x: { title: "epoch", range: [0.5, longest + 0.5], whole: true }, y: { title: data.error },
    },
  };
}
