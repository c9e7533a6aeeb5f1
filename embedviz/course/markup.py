"""Markdown with formulas as a tree of elements, which a page builds without parsing any markup; and as HTML.

A node is a text, or [tag, attributes, child, …]. Formulas, between dollar signs, become MathML, which browsers draw
without a script: `js/parts/markup.js` builds all of it.
"""

import html
import unicodedata
from collections.abc import Iterable
from xml.etree import ElementTree

import mistune
from latex2mathml.converter import convert

Node = str | list

#: mistune's name of what has only children → tag
_PLAIN = {
    "paragraph": "p",
    "emphasis": "em",
    "strong": "strong",
    "list_item": "li",
    "block_quote": "blockquote",
    "table": "table",
    "table_head": "thead",
    "table_body": "tbody",
    "table_row": "tr",
}
# How many children MathML wants: the converter lets a missing one pass.
_PARTS = {"mfrac": 2, "msup": 2, "msub": 2, "msubsup": 3, "mover": 2, "munder": 2, "munderover": 3, "mroot": 2}
_MARKDOWN = mistune.create_markdown(renderer=None, plugins=["math", "table"])
# Unicode's names of alphabets that browsers no longer choose by an attribute (MathML Core).
_ALPHABETS = {"double-struck": "DOUBLE-STRUCK", "script": "SCRIPT"}


def tree(text: str) -> list[Node]:
    """The nodes of a Markdown text.

    Raises:
        ValueError: it has something that is not shown here, or a formula that cannot be read; the message has it.
    """
    return _nodes(_MARKDOWN(text))


def inline(text: str) -> list[Node]:
    """The nodes of a Markdown text of one paragraph, without the paragraph."""
    nodes = tree(text)
    return nodes[0][2:] if len(nodes) == 1 and nodes[0][0] == "p" else nodes


def as_html(nodes: Iterable[Node], latex: bool = False) -> str:
    """Nodes as HTML, all texts escaped; `latex`: formulas between dollar signs, as a saved notebook shows them."""
    return "".join(_html(node, latex) for node in nodes)


def as_text(nodes: Iterable[Node]) -> str:
    """The words alone, a space after each block; formulas in LaTeX."""
    return "".join(map(_text, nodes)).strip()


def formula(latex: str, block: bool = False) -> Node:
    """A formula as a MathML node.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        root = ElementTree.fromstring(convert(latex, display="block" if block else "inline"))
    except Exception as error:  # latex2mathml's own errors have no common class
        raise ValueError(f"the formula {latex!r} cannot be read: {type(error).__name__} {error}") from error
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if (element.text or "").startswith("\\") or len(element) != _PARTS.get(tag, len(element)):
            raise ValueError(f"the formula {latex!r} cannot be read: see {tag} {element.text or ''}")
    root.set("alttext", latex)
    return _math(root)


def _nodes(tokens) -> list[Node]:
    return [node for token in tokens for node in _of_token(token)]


def _of_token(token) -> list[Node]:
    kind = token["type"]
    children = _nodes(token["children"]) if "children" in token else []
    match kind:
        case "text":
            return [token["raw"]]
        case "blank_line":
            return []
        case "softbreak":
            return [" "]
        case "linebreak":
            return [["br", {}]]
        case "block_text":
            return children
        case "codespan":
            return [["code", {}, token["raw"]]]
        case "block_code":
            return [["pre", {}, ["code", {}, token["raw"].rstrip("\n")]]]
        case "inline_math":
            return [formula(token["raw"])]
        case "block_math":
            return [["p", {}, formula(token["raw"], block=True)]]
        case "link":
            return [["a", {"href": token["attrs"]["url"]}, *children]]
        case "list":
            return [["ol" if token["attrs"]["ordered"] else "ul", {}, *children]]
        case "table_head":
            return [["thead", {}, ["tr", {}, *children]]]
        case "table_cell":
            return [["th" if token["attrs"]["head"] else "td", {}, *children]]
    if kind not in _PLAIN:
        raise ValueError(f"Markdown's {kind} is not shown on a card: {token.get('raw', '')!r}")
    return [[_PLAIN[kind], {}, *children]]


def _math(element) -> Node:
    tag = element.tag.rpartition("}")[2]
    attributes = {name: value for name, value in element.attrib.items() if name not in ("xmlns", "mathvariant")}
    variant = element.get("mathvariant", "")
    text = (element.text or "").strip("\n")
    if variant in _ALPHABETS:
        text = "".join(_in_alphabet(letter, _ALPHABETS[variant]) for letter in text)
    if variant in ("bold", "normal", "bold-italic"):
        attributes["mathvariant"] = "normal"
    if "bold" in variant:
        attributes["class"] = "bold"
    children = [_math(child) for child in element]
    return [tag, attributes, *([text] if text.strip() or tag in ("mtext", "ms") else []), *children]


def _in_alphabet(letter: str, alphabet: str) -> str:
    """ℝ of R, ℒ of L."""
    kind = "CAPITAL" if letter.isupper() else "SMALL"
    for name in (f"{alphabet} {kind} {letter.upper()}", f"MATHEMATICAL {alphabet} {kind} {letter.upper()}"):
        try:
            return unicodedata.lookup(name)
        except KeyError:
            continue
    return letter


def _text(node: Node) -> str:
    if isinstance(node, str):
        return node
    tag, attributes, *children = node
    if tag == "math":
        return attributes["alttext"]
    return "".join(map(_text, children)) + " " * (tag in ("h2", "p", "li", "td", "th", "br", "pre"))


def _html(node: Node, latex: bool) -> str:
    if isinstance(node, str):
        return html.escape(node)
    tag, attributes, *children = node
    if tag == "math" and latex:
        return html.escape(f"${attributes['alttext']}$")
    said = "".join(f' {name}="{html.escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{said}>" if tag == "br" else f"<{tag}{said}>{as_html(children, latex)}</{tag}>"
