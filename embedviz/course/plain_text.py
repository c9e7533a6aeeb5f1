"""Markdown with LaTeX as plain text, for a terminal: `$\\mathbf u \\cdot \\mathbf v$` becomes "u · v".

What the cards use is covered, and a test reads all of them. (pylatexenc was tried: it joins "log σ" to "logσ" and
drops the braces of `x^{a + b}`, which changes what is said.)
"""

import re
import textwrap
import unicodedata

_LETTERS = {  # names of Greek letters that are not their names in Unicode
    "lambda": "λ", "varepsilon": "ε", "epsilon": "ε", "vartheta": "θ", "varphi": "φ", "phi": "φ", "omega": "ω",
}  # fmt: skip
for _name in "alpha beta gamma delta zeta eta theta iota kappa mu nu xi pi rho sigma tau upsilon chi psi".split():
    _LETTERS[_name] = unicodedata.lookup(f"GREEK SMALL LETTER {_name}")
for _name in "Gamma Delta Theta Xi Pi Sigma Phi Psi Omega".split():
    _LETTERS[_name] = unicodedata.lookup(f"GREEK CAPITAL LETTER {_name}")
_LETTERS["Lambda"] = "Λ"
_PLAIN = _LETTERS | {
    "partial": "∂", "nabla": "∇", "infty": "∞", "ell": "ℓ", "top": "⊤", "intercal": "⊤", "prime": "′", "emptyset": "∅",
    "ldots": "…", "dots": "…", "cdots": "⋯", "vdots": "⋮", "|": "‖", "lVert": "‖", "rVert": "‖", "Vert": "‖",
    "lvert": "|", "rvert": "|", "vert": "|", "langle": "⟨", "rangle": "⟩", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈",
    "rceil": "⌉", "lbrace": "{", "rbrace": "}", "{": "{", "}": "}", "%": "%", "$": "$", "&": "&", "#": "#", "_": "_",
    "forall": "∀", "exists": "∃", "neg": "¬", "degree": "°", "star": "⋆", "checkmark": "✓",
}  # fmt: skip
_BETWEEN = {  # with a space on either side
    "cdot": "·", "times": "×", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠", "approx": "≈",
    "in": "∈", "notin": "∉", "to": "→", "rightarrow": "→", "longrightarrow": "→", "leftarrow": "←", "mapsto": "↦",
    "Rightarrow": "⇒", "implies": "⇒", "Leftrightarrow": "⇔", "iff": "⇔", "propto": "∝", "mid": "|", "sim": "∼",
    "simeq": "≃", "equiv": "≡", "ll": "≪", "gg": "≫", "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩",
    "setminus": "∖", "circ": "∘", "odot": "⊙", "otimes": "⊗", "oplus": "⊕", "pm": "±", "mp": "∓", "ast": "*",
    "bullet": "•", "perp": "⊥", "parallel": "∥", "land": "∧", "lor": "∨", "wedge": "∧", "vee": "∨", "div": "÷",
    "coloneqq": ":=", "gets": "←", "lesssim": "≲", "gtrsim": "≳", "succ": "≻", "prec": "≺", "colon": ":",
}  # fmt: skip
_BEFORE = {"sum": "∑", "prod": "∏", "int": "∫", "bigcup": "⋃", "bigcap": "⋂"}  # with a space after its bounds
_BEFORE |= {name: name for name in "log ln exp max min sup inf lim sin cos tan tanh det Pr arg dim deg gcd".split()}
_BEFORE |= {"argmax": "argmax", "argmin": "argmin"}
_FONTS = set("mathbf mathrm mathit mathsf mathtt mathcal boldsymbol bm bold text textbf textit textrm texttt".split())
_FONTS |= {"operatorname", "mbox", "mathop", "operatorname*"}
_SPACED = {"operatorname", "operatorname*", "mathop"}
_ACCENTS = {"hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303"}
_ACCENTS |= {"widetilde": "\u0303", "vec": "\u20d7", "dot": "\u0307"}
_BOARD = dict(zip("RNZQCEP1", "ℝℕℤℚℂ𝔼ℙ1"))
_NOTHING = set(
    "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr displaystyle textstyle limits nolimits".split()
)
_NOTHING |= {"!", "middle", "scriptstyle", "mathstrut", "hline"}
_SPACES = {",", ";", ":", ">", " ", "quad", "qquad", "thinspace", "enspace"}
_RAISED = dict(zip("0123456789+−-=()abcdefghijklmnoprstuvwxyz⊤′", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ′"))
_LOWERED = dict(zip("0123456789+−-=()aehijklmnoprstuvxβρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵨᵩᵪ"))
_TOKEN = re.compile(r"\\operatorname\*|\\[A-Za-z]+|\\.|[{}^_&~]|\s+|\d+(?:[.,]\d+)*|.", re.DOTALL)
_UNARY = "\1"  # a minus that takes no space after it
_OPERATOR = re.compile(r"[=+<>−]")
#: Code and formulas, in which stars and brackets are no marks.
CODE_OR_FORMULA = re.compile(r"(`+.+?`+|\$\$.+?\$\$|(?<!\\)\$.+?(?<!\\)\$)", re.DOTALL)


def plain_text(markdown: str, width: int = 80) -> str:
    """Markdown as text for a terminal: formulas as Unicode, without marks, wrapped.

    Args:
        markdown: paragraphs, lists, code, links, formulas between $ or $$.
        width: columns.
    """
    parts = re.split(r"^```\w*\n(.*?)^```[ \t]*$", markdown, flags=re.DOTALL | re.MULTILINE)
    blocks = []
    for number, part in enumerate(parts):
        if number % 2:
            blocks.append(textwrap.indent(part.rstrip("\n"), "    "))
        else:
            blocks += [_block(one.strip("\n"), width) for one in re.split(r"\n\s*\n", part) if one.strip()]
    return "\n\n".join(blocks)


def _block(text: str, width: int) -> str:
    """A paragraph, or the lines of a list."""
    items = re.split(r"^(?=[ \t]*(?:[-*+]|\d+\.)[ \t])", text, flags=re.MULTILINE)
    lines = []
    for item in filter(str.strip, items):
        mark = re.match(r"[ \t]*((?:[-*+]|\d+\.)[ \t]+)?", item)[0]
        words = " ".join(_inline(item[len(mark) :]).split())
        lines += textwrap.wrap(
            words, width, initial_indent=mark, subsequent_indent=" " * len(mark), break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
    return "\n".join(lines)


def _inline(text: str) -> str:
    pieces = CODE_OR_FORMULA.split(text)
    kept = []
    for number in range(1, len(pieces), 2):
        piece = pieces[number]
        kept.append(piece.strip("`").strip() if piece.startswith("`") else formula(piece.strip("$")))
        pieces[number] = f"\0{len(kept) - 1}\0"
    text = "".join(pieces)
    text = re.sub(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)", lambda m: f"{m[1]} <{m[2]}>" if "://" in m[2] else m[1], text)
    text = re.sub(r"^#+ ", "", text, flags=re.MULTILINE)
    text = re.sub(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1", r"\2", text, flags=re.DOTALL)
    text = re.sub(r"(?<![\w*])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?![\w*])", r"\2", text)
    text = re.sub(r"\\([\\`*_{}\[\]()#+.!$|-])", r"\1", text)
    return re.sub("\0(\\d+)\0", lambda m: kept[int(m[1])], text)


def formula(latex: str) -> str:
    r"""A formula as one line of Unicode: r"\frac{1}{n} \sum_i x_i^2" becomes "1/n ∑ᵢ xᵢ²"."""
    return _tidy(_Reader(_TOKEN.findall(latex)).expression())


def _tidy(text: str) -> str:
    text = re.sub(" +", " ", re.sub(f"{_UNARY} *", "−", text))
    text = re.sub(r"(?<=[(\[{⟨]) | (?=[)\]}⟩,;])", "", text)
    return text.strip()


class _Reader:
    """Reads the tokens of a formula from left to right."""

    def __init__(self, tokens: list[str]):
        self.tokens, self.at = tokens, 0

    def expression(self, end: str = "") -> str:
        """All up to the token `end`, which is passed over."""
        out = ""
        while self.at < len(self.tokens):
            token = self.next()
            if token == end:
                break
            if token in "^_":
                out = out.rstrip(" ") + self.script(token) + (" " if out.endswith(" ") else "")
            elif token == "-":
                out += _UNARY if not out.strip() or re.search(r"[-(\[{,=<>≤≥≈∈→·×+−/|]\s*$", out) else " − "
            elif _OPERATOR.fullmatch(token):
                out += f" {token} "
            else:
                out += self.atom(token)
        return out

    def next(self) -> str:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def atom(self, token: str) -> str:
        """What a token stands for, with its arguments."""
        if token == "{":
            content = self.expression("}")
            return "," if content == ", " else content  # 1{,}000
        if token.isspace():
            return ""
        if token in ("~", "&", "\\\\"):
            return "; " if token == "\\\\" else " "
        if token == ",":
            return ", "
        if not token.startswith("\\"):
            return token
        name = token[1:]
        if name in _BETWEEN:
            return f" {_BETWEEN[name]} "
        if name in _BEFORE:
            return f" {_BEFORE[name]}{self.gap()}"
        if name in _PLAIN:
            return _PLAIN[name]
        if name in _SPACES:
            return " "
        return self.command(name)

    def command(self, name: str) -> str:
        if name in _FONTS:
            content = self.raw() if name.startswith(("text", "op", "mbox", "mathrm", "mathop")) else self.argument()
            return f" {content}{self.gap()}" if name in _SPACED else content
        if name == "mathbb":
            return "".join(_BOARD.get(letter, letter) for letter in self.argument())
        if name in ("frac", "dfrac", "tfrac"):
            return f"{_grouped(self.argument())}/{_grouped(self.argument())} "
        if name == "binom":
            return f"C({self.argument()}, {self.argument()})"
        if name == "sqrt":
            return f"√{_grouped(self.argument())}"
        if name in _ACCENTS:
            content = self.argument()
            return unicodedata.normalize("NFC", content[:1] + _ACCENTS[name] + content[1:])
        if name in ("begin", "end"):
            self.raw()
            return ""
        if name in ("underbrace", "overbrace", "boxed"):
            return self.argument()
        if name in _NOTHING:
            if self.at < len(self.tokens) and self.tokens[self.at] == ".":  # \right.
                self.at += 1
            return ""
        return f"\\{name}"

    def gap(self) -> str:
        """A space after the name of a function, unless a parenthesis follows."""
        following = next((token for token in self.tokens[self.at :] if not token.isspace()), "")
        return "" if following in ("(", "[", "\\left") else " "

    def argument(self) -> str:
        """The next group, or the next token with its arguments."""
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        if self.at == len(self.tokens):
            return ""
        token = self.next()
        if len(token) > 1 and token[0].isdigit():  # \frac12
            self.at -= 1
            self.tokens[self.at : self.at + 1] = list(token)
            token = self.next()
        return _tidy(self.atom(token))

    def raw(self) -> str:
        """The next group as it is written, its formulas and commands aside."""
        while self.at < len(self.tokens) and self.tokens[self.at].isspace():
            self.at += 1
        if self.at == len(self.tokens) or self.tokens[self.at] != "{":
            return self.argument()
        self.at += 1
        out = ""
        while self.at < len(self.tokens) and (token := self.next()) != "}":
            out += self.atom(token) if token.startswith("\\") else "" if token == "$" else token
        return out

    def script(self, mark: str) -> str:
        """A superscript or subscript, in small letters if there are such."""
        content = self.argument()
        small = _RAISED if mark == "^" else _LOWERED
        squeezed = content.replace(" ", "")
        if squeezed and all(letter in small for letter in squeezed):
            return "".join(small[letter] for letter in squeezed)
        if re.fullmatch(r"\w+|[^\w\s]", content):
            return mark + content
        return f"{mark}({content})"


def _grouped(text: str) -> str:
    """In parentheses, unless nothing can be misread."""
    alone = re.fullmatch(r"[\w.∂∞ℓ′⁰-₟ᵀ\u0300-\u036f]+", text) or re.fullmatch(r"√?\([^()]*\)|‖[^‖]*‖\S?", text)
    return text if alone else f"({text})"
