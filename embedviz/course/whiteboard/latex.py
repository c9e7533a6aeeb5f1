r"""LaTeX → the same as a Python expression: `\sum_j p_j \mathbf v_j` → `sum(p[j] * v[j] for j in range(N))`.

A translator of our own, since the kept parsers are made for scalar algebra. Of the 86 expressions of
`tests/test_whiteboard_latex.py`, typed as a reader would, SymPy 1.14's `parse_latex` gets the value of 9 right (with
Lark), latex2sympy2-extended 1.11 of 7, even if each symbol is replaced by its number or matrix and v_j by row j: they
multiply everything by one commuting product (so that Xᵀ X and X Xᵀ are the same), and know neither 𝟙[j = t], nor sums
without bounds, nor a vector in bold. Here a symbol's number of dimensions decides which product is meant: a number
times a matrix, a matrix times a vector, two vectors with a dot between them.
"""

import ast
import re
from collections.abc import Mapping

from embedviz.course.whiteboard import latex_tokens as tex
from embedviz.course.whiteboard.expressions import ExpressionError
from embedviz.course.whiteboard.functions import FUNCTIONS
from embedviz.course.whiteboard.latex_pieces import Piece, times


def translate(text: str, dimensions: Mapping[str, int], ranges: Mapping[str, str], names: Mapping[str, str]) -> str:
    r"""LaTeX as a Python expression.

    Args:
        text: one formula, such as `\frac1C \sum_c \mathbf u_c`.
        dimensions: symbol → 0 for a number, 1 for a vector, 2 for a matrix.
        ranges: index → what a sum over it runs through, such as "range(N)" or "context".
        names: what a symbol with an index is called here, if not by its letter: {"C": "count"} for C_w; or with it:
            {"s_t": "s_pos"}.

    Raises:
        ExpressionError: it cannot be read; the message says where.
    """
    reader = _Reader(tex.tokens_of(text), dimensions, ranges, names)
    try:
        piece = reader.relation()
    except RecursionError:
        raise ExpressionError("the LaTeX cannot be read: too many brackets in each other") from None
    if reader.next is not None:
        raise ExpressionError(f"the LaTeX cannot be read from `{reader.rest()}` on")
    try:
        return ast.unparse(ast.parse(piece.text, mode="eval"))
    except (SyntaxError, ValueError) as error:
        raise ExpressionError(f"the LaTeX cannot be read: {error}") from None


class _Reader(tex.Tokens):
    """Recursive descent: a relation is sums, a sum is products, a product is factors."""

    inside = ""  # the | or ‖ that is open

    def __init__(self, tokens: list[str], dimensions, ranges, names):
        super().__init__(tokens, dimensions)
        self.dimensions, self.ranges, self.names = dimensions, ranges, names

    # From the loosest operation to the tightest

    def relation(self) -> Piece:
        left = self.sum()
        if self.next not in tex.RELATIONS:
            return left
        sign = tex.RELATIONS[self.take()]
        return Piece(f"({left.text} {sign} {self.sum().text})")

    def sum(self) -> Piece:
        sign = self.take() if self.next in ("+", "-") else "+"
        total = self.product()
        if sign == "-":
            total = Piece(f"(-{total.text})", total.ndim, total.row)
        while self.next in ("+", "-"):
            sign, other = self.take(), self.product()
            ndim = max(total.ndim, other.ndim)
            total = Piece(f"({total.text} {sign} {other.text})", ndim, total.row or other.row)
        return total

    def product(self, of_function: bool = False) -> Piece:
        total = self.factor()
        while self.next not in tex.ENDS and not (self.next in tex.TWO_SIDED and self.next == self.inside):
            if of_function and (self.next in (r"\cdot", r"\times", "/", r"\sum", "*") or self.function_next()):
                break
            if self.next in (r"\cdot", r"\times", "*"):
                self.take()
                total = times(total, self.factor(), dotted=True)
            elif self.next in ("/", r"\oslash", r"\odot", r"\circ"):
                sign, other = self.take(), self.factor()
                sign = "*" if sign in (r"\odot", r"\circ") else "/"
                total = Piece(f"({total.text} {sign} {other.text})", max(total.ndim, other.ndim), total.row)
            else:
                total = times(total, self.factor())
        return total

    def factor(self) -> Piece:
        return self.with_powers(self.atom())

    def with_powers(self, piece: Piece) -> Piece:
        while self.next in ("^", "_"):
            if self.take() == "_":
                piece = self.indexed(piece)
                continue
            before, power = list(self.tokens), "".join(self.raw())
            if power in tex.TRANSPOSED:
                piece = Piece(f"{piece.text}.T", piece.ndim, piece.ndim == 1)
            elif power == "-1":
                piece = Piece(f"inv({piece.text})", piece.ndim)
            elif power not in tex.IGNORED:
                self.tokens = before
                piece = Piece(f"({piece.text} ** {self.argument().text})", piece.ndim)
        return piece

    def argument(self) -> Piece:
        """What a command is given: a group, or one token."""
        if self.next is not None and self.next[0].isdigit() and len(self.next) > 1:  # \frac12
            first = self.take()
            self.tokens.insert(0, first[1:])
            return Piece(first[0])
        return self.atom()

    def atom(self) -> Piece:
        token = self.next
        if token in tex.GROUPS:
            self.take()
            kept, self.inside = self.inside, ""
            piece = self.relation()
            self.inside = kept
            self.take(tex.GROUPS[token])
            return piece
        if token in tex.NORMS or token in tex.SIZES:
            closing, kept = (tex.NORMS | tex.SIZES)[self.take()], self.inside
            self.inside = token
            piece = self.sum()
            self.inside = kept
            self.take(closing)
            if token not in tex.NORMS:
                return Piece(f"abs({piece.text})", piece.ndim)
            if self.next == "_":  # of Frobenius, or Euclid's
                del self.tokens[0]
                self.raw()
            return Piece(f"norm({piece.text})")
        if self.function_next():
            return self.function()
        special = {r"\frac": self.fraction, r"\dfrac": self.fraction, r"\tfrac": self.fraction, r"\sum": self.sigma}
        special |= {r"\langle": self.bracket, r"\partial": self.slope, r"\delta": self.delta}
        token = self.take()
        if token in special:
            return special[token]()
        if token == r"\sqrt":
            return Piece(f"sqrt({self.argument().text})")
        if token in tex.FONTS:
            self.tokens[:0] = self.raw()
            return self.atom()
        if token[0].isdigit() or token[0] == ".":
            return Piece(token.lstrip("0") or "0")  # Python has no 07
        if token in tex.GREEK or token.isalpha():
            return self.name(tex.GREEK.get(token, token))
        raise ExpressionError(f"`{token}` is not known in the LaTeX here")

    # Names, and what they carry

    def name(self, base: str) -> Piece:
        """A symbol with its signs and indices: s^+, v_t where that is a symbol of its own, otherwise row t of v."""
        if base == "e" and self.next == "^" and "e" not in self.dimensions:
            self.take()
            power = self.argument()
            return Piece(f"exp({power.text})", power.ndim)
        if base == "I" and "I" not in self.dimensions and self.next in ("[", "(", "{", "\\{", "_"):
            return Piece("1")  # of a condition
        places = self._bracketed(base)
        while self.next == "_" or (self.next == "^" and self._sign_next()):
            if self.take() == "^":
                base += tex.SIGNS["".join(self.raw())]
            else:
                places = self.raw()
        if places is None and self.next == "(":  # p(c, w), where that is one symbol
            inner = self.tokens[1 : self.tokens.index(")")] if ")" in self.tokens else []
            together = f"{base}_{''.join(part for part in inner if part != ',')}"
            if together in self.dimensions or (len(base) > 1 and base in self.dimensions and "," in inner):
                del self.tokens[: len(inner) + 2]
                return self._symbol(together if together in self.dimensions else base)
        if places is None:
            return self._symbol(base)
        if base == "e" and "e" not in self.dimensions and "N" in self.dimensions:  # the t-th unit vector
            return Piece(f"onehot({self._index(places)}, N)", 1)
        while "_" in places:  # w_t is the word at place t, and t its number here
            del places[places.index("_") - 1 : places.index("_") + 1]
        together = f"{base}_{''.join(part for part in places if part != ',')}"
        together = self.names.get(together, together)
        return self._symbol(together) if together in self.dimensions else self._indexed(base, places)

    def _bracketed(self, base: str) -> list[str] | None:
        """The index in p[j], as Python has it; not the condition of p [j = t]."""
        inner = self.tokens[1 : self.tokens.index("]")] if self.next == "[" and "]" in self.tokens else []
        if not inner or not self.dimensions.get(base) or not all(part.isalpha() or part == "," for part in inner):
            return None
        del self.tokens[: len(inner) + 2]
        return inner

    def _sign_next(self) -> bool:
        return self.tokens[1:2] in (["+"], ["-"]) or self.tokens[1:4] in (["{", "+", "}"], ["{", "-", "}"])

    def _symbol(self, name: str) -> Piece:
        name = name if name in self.dimensions else self.names.get(name, name)
        return Piece(name, self.dimensions.get(name, 0))

    def _indexed(self, base: str, places: list[str]) -> Piece:
        base, index = self.names.get(base, base), self._index(places)
        return Piece(f"{base}[{index}]", max(0, self.dimensions.get(base, 0) - 1 - index.count(",")))

    def _index(self, places: list[str]) -> str:
        if any(part.isdigit() for part in places):
            raise ExpressionError(f"the number {''.join(places)} as an index: use one of the index letters")
        if all(part.isalpha() or part == "," for part in places):
            return ", ".join(part for part in places if part != ",")
        return _Reader(places, self.dimensions, self.ranges, self.names).relation().text

    def indexed(self, piece: Piece) -> Piece:
        """What comes below something in brackets; below a 1 it is a condition, 𝟙_{j=t}."""
        if piece.text == "1":
            return self.argument()
        index = ", ".join(part for part in self.raw() if part != ",")
        return Piece(f"{piece.text}[{index}]", max(0, piece.ndim - 1 - index.count(",")))

    # Commands

    def function_next(self) -> bool:
        inner = (
            self.tokens[2] if self.next in tex.FONTS and self.tokens[1:2] == ["{"] and len(self.tokens) > 2 else None
        )
        return self.next in tex.CALLED or self.next in FUNCTIONS or inner in FUNCTIONS

    def function(self) -> Piece:
        token = "".join(self.raw())
        name, base = tex.CALLED.get(token, token), None
        if name == "log" and self.next == "_":
            self.take()
            base = "".join(self.raw())
        if self.next == "(":
            self.take()
            given = [self.relation()]
            while self.next == ",":
                self.take()
                given.append(self.relation())
            self.take(")")
        elif self.function_next() or name == "sigmoid":
            given = [self.factor()]
        else:
            given = [self.product(of_function=True)]
        text, ndim = f"{name}({', '.join(one.text for one in given)})", max(one.ndim for one in given)
        if base:
            return Piece(f"({text} / log({base}))", ndim)
        if name in tex.TO_NUMBER:
            return Piece(text)
        return Piece(text, {"diag": 3 - ndim, "diagMat": 2, "outer": 2, "eye": 2}.get(name, ndim))

    def fraction(self) -> Piece:
        if self.tokens[:2] == ["{", r"\partial"]:
            del self.tokens[:2]
            return self.slope(("}", "{"), "}")
        above, below = self.argument(), self.argument()
        return Piece(f"({above.text} / {below.text})", max(above.ndim, below.ndim))

    def slope(self, between: tuple[str, ...] = ("/",), end: str = "") -> Piece:
        r"""\partial L / \partial s_j is a symbol: dL_ds[j]."""
        above = "".join(self.raw())
        for token in (*between, r"\partial"):
            self.take(token)
        piece = self.name(f"d{above}_d{''.join(self.raw())}")
        if end:
            self.take(end)
        return piece

    def bracket(self) -> Piece:
        left = self.sum()
        self.take(",")
        right = self.sum()
        self.take(r"\rangle")
        return Piece(f"({left.text} @ {right.text})")

    def delta(self) -> Piece:
        self.take("_")
        one, other = (part for part in self.raw() if part != ",")
        return Piece(f"({one} == {other})")

    def sigma(self) -> Piece:
        """A sum: what it runs through is what is written above it, or what the index stands for here."""
        below, above = [], ""
        while self.next in ("_", "^"):
            if self.take() == "_":
                below = self.raw()
            else:
                above = "".join(self.raw())
        body = self.product()
        if not below:
            return Piece(f"sum({body.text})")
        end = next((i for i, part in enumerate(below) if part in tex.RELATIONS or part == r"\in"), len(below))
        relation, other = below[end] if end < len(below) else "", "".join(below[end + 1 :]).replace("w_", "")
        through = ""
        for index in (part for part in below[:end] if part.isalpha()):
            values = self.ranges.get(index, "")
            if above in self.dimensions and (not values or values.startswith("range")):
                values = f"range({above})"
            if relation == r"\in" and self.dimensions.get(other) == 1:
                values = other
            if not values and (used := re.search(rf"(\w+)\[{index}\b", body.text)):
                values = f"range(len({used[1]}))"
            if not values:
                raise ExpressionError(f"what does the sum over {index} run through? Say \\sum_{{{index}=1}}^N")
            through += f" for {index} in {values}"
            if relation in (r"\ne", r"\neq"):
                through += f" if {index} != {other}"
        return Piece(f"sum({body.text}{through})", body.ndim, body.row)
