"""LaTeX in pieces: the commands that are known at the whiteboard, and what reads one token after another."""

import re

from embedviz.course.whiteboard.expressions import ExpressionError
from embedviz.course.whiteboard.functions import FUNCTIONS

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\.\d+|[A-Za-z]+|\S")
SPACE = r"\\(?:left|right|[bB]igg?[lrm]?|quad|qquad|displaystyle|limits|nolimits)(?![A-Za-z])|\\[,;:! ]|[$~&]"
UNICODE = {sign: rf"\{name} " for sign, name in zip("σλγτΣ·", "sigma lambda gamma tau sum cdot".split())}
UNICODE |= {"−": "-", "×": r"\times ", "⊤": r"\top ", "√": r"\sqrt ", "∂": r"\partial ", "≠": r"\ne ", "∈": r"\in "}
FONTS = {rf"\{name}" for name in "mathbf mathcal mathrm mathit mathsf boldsymbol bm vec hat bar tilde text".split()}
FONTS |= {r"\operatorname", r"\mathbb"}
GREEK = {r"\lambda": "lam", r"\gamma": "gamma", r"\tau": "tau", r"\ell": "L", r"\Gamma": "gamma"}
CALLED = {r"\log": "log", r"\ln": "log", r"\exp": "exp", r"\sigma": "sigmoid", r"\max": "maximum", r"\diag": "diag"}
RELATIONS = {"=": "==", "<": "<", ">": ">", r"\ne": "!=", r"\neq": "!=", r"\le": "<=", r"\leq": "<=", r"\ge": ">="}
GROUPS = {"(": ")", "{": "}", "[": "]", r"\{": r"\}"}
NORMS = {r"\lVert": r"\rVert", r"\|": r"\|", r"\Vert": r"\Vert"}
SIZES = {r"\lvert": r"\rvert", "|": "|", r"\vert": r"\vert"}
TRANSPOSED = {r"\top", "T", r"\intercal"}
IGNORED = {"*", r"\star", r"\ast"}
SIGNS = {"+": "_pos", "-": "_neg"}
TO_NUMBER = {"sum", "mean", "trace", "norm", "len", "dot"}
ENDS = {None, "+", "-", ")", "]", "}", ",", r"\}", r"\rangle", *RELATIONS, r"\in", r"\rVert", r"\rvert"}
TWO_SIDED = {"|", r"\|", r"\vert", r"\Vert"}  # they open and close


def tokens_of(text: str) -> list[str]:
    """Commands, numbers, words and signs; spaces and sizes of brackets are dropped."""
    for sign, command in UNICODE.items():
        text = text.replace(sign, command)
    return TOKEN.findall(re.sub(SPACE, " ", text))


class Tokens:
    """The tokens that are left.

    Args:
        tokens: of `tokens_of`.
        symbols: the names that are known; letters side by side are a product, but for these.
    """

    def __init__(self, tokens: list[str], symbols):
        self.words = {word for word in {*symbols, *FUNCTIONS} if len(word) > 1}
        self.tokens = [part for token in tokens for part in self._letters(token)]

    def _letters(self, token: str) -> list[str]:
        if not token.isalpha() or token in self.words:
            return [token]
        word = next((token[:n] for n in range(len(token), 1, -1) if token[:n] in self.words), token[0])
        return [word, *(self._letters(token[len(word) :]) if token != word else [])]

    @property
    def next(self) -> str | None:
        return self.tokens[0] if self.tokens else None

    def take(self, wanted: str | None = None) -> str:
        if self.next is None or wanted not in (None, self.next):
            where = f"at `{self.rest()}`" if self.tokens else "at the end"
            raise ExpressionError(f"the LaTeX cannot be read {where}" + (f": `{wanted}` is missing" if wanted else ""))
        return self.tokens.pop(0)

    def rest(self) -> str:
        return "".join(self.tokens)[:16]

    def raw(self) -> list[str]:
        """The tokens of the next group, or the next token alone; fonts are dropped."""
        first, depth, found = self.take(), 0, []
        if first in FONTS:
            return self.raw()
        if first != "{":
            return [first]
        while self.next != "}" or depth:
            depth += (self.next == "{") - (self.next == "}")
            token = self.take()
            found += [] if token in FONTS or token in "{}" else [token]
        self.take("}")
        return found
