"""The JavaScript modules of the widgets, called from Python: numbers go there and come back as NumPy arrays.

def test_x(modules):                                       # the fixture of conftest: a page in headless Chromium
    modules.call("space/cosine.js", "nearest", vectors, 50, 3, 10)
"""

import base64
import json

import numpy as np

from embedviz.widgets.bundle import bundle

TYPES = {
    "Float32Array": np.float32,
    "Float64Array": np.float64,
    "Int8Array": np.int8,
    "Uint8Array": np.uint8,
    "Int16Array": np.int16,
    "Uint16Array": np.uint16,
    "Int32Array": np.int32,
    "Uint32Array": np.uint32,
}
OF_DTYPE = {np.dtype(dtype): name for name, dtype in TYPES.items()}

# What JSON has no form for: {"$array": type, "bytes": base64}, {"$number": "NaN"}, {"$bytes": base64} (a DataView).
CONVERT = """
window.read = (value) => {
  if (Array.isArray(value)) return value.map(read);
  if (value === null || typeof value !== "object") return value;
  if ("$number" in value) return Number(value.$number);
  const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
  if ("$array" in value) return new window[value.$array](bytes(value.bytes));
  if ("$bytes" in value) return new DataView(bytes(value.$bytes));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, read(part)]));
};
window.write = (value) => {
  if (value === undefined) return null;
  if (typeof value === "number" && !Number.isFinite(value)) return { $number: String(value) };
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength), text = [];
    for (let i = 0; i < bytes.length; i += 32768) text.push(String.fromCharCode(...bytes.subarray(i, i + 32768)));
    return { $array: value.constructor.name, bytes: btoa(text.join("")) };
  }
  if (value instanceof Set) return write([...value]);
  if (value instanceof Map) return write(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(write);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, write(part)]));
};
window.loaded = {};
window.load = async (name, code) => {
  const url = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  window.loaded[name] = await import(url);
};
"""


class Modules:
    """A blank page in which modules are loaded when they are first called.

    Attributes:
        page: the Playwright page.
    """

    def __init__(self, page):
        self.page, self._loaded = page, set()
        page.set_content("<!doctype html><title>modules</title><body></body>")
        page.evaluate(CONVERT)

    def load(self, module: str) -> None:
        """Load a module, by its place under js/; then the page has it as loaded[module]."""
        if module not in self._loaded:
            self.page.evaluate("([name, code]) => load(name, code)", [module, bundle(module)])
            self._loaded.add(module)

    def call(self, module: str, name: str, *arguments):
        """What the function `name` of a module returns (a promise is waited for); typed arrays come as NumPy's."""
        self.load(module)
        return from_page(
            self.page.evaluate(
                "async ([module, name, args]) =>"
                " JSON.stringify(write(await loaded[module][name](...read(JSON.parse(args)))))",
                [module, name, to_page(arguments)],
            )
        )

    def evaluate(self, code: str, *arguments):
        """What a JavaScript function, such as "async (a, b) => …", returns; `loaded` has the modules."""
        return from_page(
            self.page.evaluate(
                f"async (args) => JSON.stringify(write(await ({code})(...read(JSON.parse(args)))))", to_page(arguments)
            )
        )


def to_page(value) -> str:
    def form(one):
        if isinstance(one, np.ndarray):
            dtype = OF_DTYPE.get(one.dtype)
            if dtype is None:
                raise TypeError(f"an array of {one.dtype}: the page knows {', '.join(TYPES)}")
            return {"$array": dtype, "bytes": base64.b64encode(np.ascontiguousarray(one).tobytes()).decode()}
        if isinstance(one, bytes):
            return {"$bytes": base64.b64encode(one).decode()}
        if isinstance(one, np.generic):
            return form(one.item())
        if isinstance(one, float) and not np.isfinite(one):
            return {"$number": "NaN" if np.isnan(one) else "Infinity" if one > 0 else "-Infinity"}
        if isinstance(one, (list, tuple)):
            return [form(part) for part in one]
        if isinstance(one, dict):
            return {name: form(part) for name, part in one.items()}
        return one

    return json.dumps(form(value))


def from_page(text: str):
    def value(one):
        if isinstance(one, list):
            return [value(part) for part in one]
        if not isinstance(one, dict):
            return one
        if "$number" in one:
            return float(one["$number"].replace("Infinity", "inf"))
        if one.get("$array") == "DataView":
            return base64.b64decode(one["bytes"])
        if "$array" in one:
            return np.frombuffer(base64.b64decode(one["bytes"]), dtype=TYPES[one["$array"]])
        return {name: value(part) for name, part in one.items()}

    return value(json.loads(text))
