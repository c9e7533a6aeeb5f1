// Bytes as numbers and texts, and the one block that a page without a kernel keeps all its values in.

import { decode, interleave } from "./compact.js";

// The numbers in a DataView (or nothing) as a typed array; a copy where the bytes are not aligned.
export function numbers(view, Type) {
  if (!view || !view.byteLength) return new Type(0);
  const size = Type.BYTES_PER_ELEMENT;
  if (view.byteOffset % size === 0) return new Type(view.buffer, view.byteOffset, view.byteLength / size);
  return new Type(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

// Texts that were joined by line breaks; none of them holds one.
export function texts(view) {
  return view && view.byteLength ? new TextDecoder().decode(view).split("\n") : [];
}

// What page.py has packed, in base 85: gzip of [length of the head: uint32][head: JSON][blocks]. The head has the
// values, and what some of them are decoded from. In it { "$bytes": [offset, length, planes] } stands for a block,
// whose bytes may lie in planes, and { "$coded": [group, at] } for what is decoded.
export async function unpack(packed) {
  const buffer = await inflate(packed), length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const start = Math.ceil((4 + length) / 8) * 8, groups = [];
  const fill = (value) => {
    if (Array.isArray(value)) return value.map(fill);
    if (value === null || typeof value !== "object") return value;
    if (value.$coded) return groups[value.$coded[0]][value.$coded[1]];
    if (value.$bytes) {
      const [offset, size, planes] = value.$bytes, view = new DataView(buffer, start + offset, size);
      return planes > 1 ? interleave(view, planes) : view;
    }
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fill(part)]));
  };
  for (const group of head.coded) groups.push(decode(fill(group)).map((array) => new DataView(array.buffer)));
  return fill(head.values);
}

async function inflate(packed) {
  const stream = new Blob([fromBase85(packed)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).arrayBuffer();
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";

// Five digits for four bytes (RFC 1924, with "," in place of "<"): a fifteenth shorter than base64.
function fromBase85(text) {
  const values = new Uint8Array(128), missing = (5 - (text.length % 5)) % 5, whole = text + "~".repeat(missing);
  [...DIGITS].forEach((digit, value) => { values[digit.charCodeAt(0)] = value; });
  const view = new DataView(new ArrayBuffer((whole.length / 5) * 4));
  for (let i = 0; i < whole.length; i += 5) {
    let number = 0;
    for (let j = i; j < i + 5; j++) number = 85 * number + values[whole.charCodeAt(j)];
    view.setUint32((i / 5) * 4, number);
  }
  return new Uint8Array(view.buffer, 0, view.byteLength - missing);
}
