"""The JavaScript modules under js/ put together into one file, as anywidget and a page of its own need it.

They are plain ES modules, of a small subset: `import { a, b as c } from "./x.js";`, `import "./x.css";`, and `export`
before a function, a class or a const. Here each becomes a function that makes its exports when they are first used, so
that names of one module stay its own, and a Web Worker can be made of the same text: `import.meta.modules` is what
gives it, `import.meta.use` what gives a module's exports.
"""

import json
import posixpath
import re
from functools import cache
from pathlib import Path

JS = Path(__file__).parent / "js"

_IMPORT = re.compile(r'^import\s*(?:\{([^}]*)\}\s*from\s*)?"(\.[^"]+)";[^\S\n]*\n?', re.MULTILINE)
_EXPORT = re.compile(r"^export\s+((?:async\s+)?function\*?|class|const)\s+(\w+)", re.MULTILINE)
_LEFT = re.compile(r"^\s*(?:import|export)\b(?!\s*[.(]).*", re.MULTILINE)

# Made once for a page, and once more for each worker, from the text of the same functions.
_LOADER = """\
const $text = () => "const $modules = {" + Object.entries($modules).map(([name, make]) =>
  JSON.stringify(name) + ": " + make).join(",\\n") + "};\\nconst $made = {}, $use = " + $use + ";\\n";
const $made = {}, $use = (name) => $made[name] ??= $modules[name]($use, typeof $text === "undefined" ? null : $text);
"""


def bundle(entry: str, widget: bool = False) -> str:
    """One ES module that exports what the module `entry` does.

    Args:
        entry: its place under js/, such as "map/points.js".
        widget: whether its default export is a widget of anywidget, which calls the `mount(el, source)` of `entry`.

    Raises:
        ValueError: a module has an import or export that is not of the subset, or imports what is not exported.
    """
    if widget:
        end = f'export default $use("source.js").widget($use({json.dumps(entry)}).mount);\n'
        return modules(entry, "source.js") + end
    return f"{modules(entry)}export const {{ {', '.join(_exports(entry))} }} = $use({json.dumps(entry)});\n"


def modules(*entries: str) -> str:
    """The code of these modules and of those that they need, in which `$use(name)` gives a module's exports.

    Raises:
        ValueError: as `bundle`.
    """
    made = ",\n".join(f"{json.dumps(name)}: ($use, $text) => {{\n{code}}}" for name, code in _modules(entries).items())
    return f"const $modules = {{\n{made}\n}};\n{_LOADER}"


def styles(entry: str) -> str:
    """The CSS that the module `entry`, and those that it needs, import."""
    _, sheets = _graph((entry,))
    return "".join((JS / sheet).read_text(encoding="utf-8") for sheet in sheets)


@cache
def _modules(roots):
    modules, _ = _graph(roots)
    return {name: _wrapped(name) for name in modules}


def _graph(roots):
    """The modules that these need, those needed first, and the style sheets."""
    modules, sheets, open_ = {}, {}, []

    def visit(name):
        if name in modules:
            return
        if name in open_:
            raise ValueError(f"js/{name} imports itself, by way of {', '.join(open_[open_.index(name) + 1 :])}")
        open_.append(name)
        for _, path in _IMPORT.findall(_read(name)):
            other = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if other.endswith(".css"):
                sheets[other] = None
            else:
                visit(other)
        open_.remove(name)
        modules[name] = None

    for root in roots:
        visit(root)
    return list(modules), list(sheets)


def _read(name):
    return (JS / name).read_text(encoding="utf-8")


def _exports(name):
    return [exported for _, exported in _EXPORT.findall(_read(name))]


def _wrapped(name):
    """A module as the body of a function ($use, $text) that returns its exports."""

    def imported(match):
        names, path = match.groups()
        if path.endswith(".css"):
            return ""
        other = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
        wanted = [part.strip() for part in (names or "").split(",") if part.strip()]
        for part in wanted:
            if part.split()[0] not in _exports(other):
                raise ValueError(f"js/{name} imports {part.split()[0]!r} from js/{other}, which exports no such name")
        return f"const {{ {', '.join(part.replace(' as ', ': ') for part in wanted)} }} = $use({json.dumps(other)});\n"

    code = _EXPORT.sub(r"\1 \2", _IMPORT.sub(imported, _read(name)))
    code = code.replace("import.meta.modules", "$text").replace("import.meta.use", "$use")
    if wrong := _LEFT.search(code):
        raise ValueError(f"js/{name} has {wrong[0].strip()!r}: see bundle.py for what can be put together")
    return f"{code.rstrip()}\nreturn {{ {', '.join(_exports(name))} }};\n"
