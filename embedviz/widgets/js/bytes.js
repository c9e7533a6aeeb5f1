// Bytes as numbers and texts, and the one block that a page without a kernel keeps all its values in.

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

// What pages.py has packed, as base64: gzip of [length of the head: uint32][head: JSON][blocks]. In the head
// { "$bytes": [offset, length] } stands for a block.
export async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(stream).arrayBuffer(), length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const start = Math.ceil((4 + length) / 8) * 8;
  const fill = (value) => {
    if (Array.isArray(value)) return value.map(fill);
    if (value === null || typeof value !== "object") return value;
    if (value.$bytes) return new DataView(buffer, start + value.$bytes[0], value.$bytes[1]);
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, fill(part)]));
  };
  return fill(head);
}
