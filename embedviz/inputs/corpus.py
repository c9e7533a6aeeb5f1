"""A corpus: text as word numbers, with what word2vec counts before it learns.

A *sentence* is whatever windows must not reach across: a sentence, a paragraph, a line.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import scipy.sparse

from embedviz.base.arrays import whole_number
from embedviz.base.files import read_text
from embedviz.base.names import as_name, as_names, close_names

# Letters with apostrophes inside: "don't", "nation's"; no digits, no underscore.
LETTER = r"[^\W\d_]"
WORD = re.compile(rf"{LETTER}+(?:'{LETTER}+)*")


def tokenize(text: str) -> list[str]:
    """The words of a text in lower case, without numbers and punctuation.

    A curly apostrophe becomes a straight one, and letters are composed (Unicode NFC). A letter may be followed by
    combining marks, such as the vowel signs of Hindi or the dot that remains of "İ", and by the joiners of Persian.
    """
    if text.isascii():
        return WORD.findall(text.lower())
    return _word_with_marks().findall(unicodedata.normalize("NFC", text.lower()).replace("’", "'"))


@cache
def _word_with_marks() -> re.Pattern:
    """`WORD` with marks after the letters; `re` has no class for these, so it is made from Python's Unicode tables."""
    places = (*range(0x300, 0x20000), *range(0xE0100, 0xE01F0))  # no mark is elsewhere
    marks = "".join(chr(place) for place in places if unicodedata.category(chr(place))[0] == "M")
    # A word mostly ends at a space or a comma: the look ahead spares searching the long list of marks for these.
    part = rf"{LETTER}+(?:(?![\x00-\u02ff])[{marks}\u200c\u200d]+{LETTER}*)*"
    return re.compile(rf"{part}(?:'{part})*")


@dataclass(frozen=True)
class Corpus:
    """Numbered sentences.

    Attributes:
        words: the vocabulary, object array of str, of shape (N,), most frequent first (equally frequent ones by
            alphabet).
        counts: how often each occurs, int64 of shape (N,); stays that of the whole corpus after `subsample`.
        tokens: all sentences in a row as word numbers, int64 of shape (n_tokens,). Rare words are not in it, so
            the words around them move together, as in word2vec.
        starts: int64 of shape (n_sentences + 1,): sentence i is tokens[starts[i]:starts[i + 1]].
        dropped: tokens left out because their word is rare.
    """

    words: np.ndarray = field(repr=False)
    counts: np.ndarray = field(repr=False)
    tokens: np.ndarray = field(repr=False)
    starts: np.ndarray = field(repr=False)
    dropped: int = 0

    def __post_init__(self):
        if not (isinstance(self.words, np.ndarray) and self.words.dtype.kind == "O"):
            object.__setattr__(self, "words", as_names(self.words))

    @classmethod
    def from_sentences(cls, sentences: Iterable[Sequence[str]], min_count: int = 5) -> "Corpus":
        """Number lists of words.

        Args:
            sentences: each a list of words, as they are to be counted (see `tokenize`); words of one name (see
                `as_name`) are one word.
            min_count: a word that occurs less often is left out: from so few examples nothing is learned.

        Raises:
            ValueError: there is no word, or none or only one is left.
            TypeError: a sentence is a string, not a list of words.
        """
        min_count = whole_number("min_count", min_count, 1)
        found, lengths, everything = Counter(), [], []
        for sentence in sentences:
            if isinstance(sentence, str):
                raise TypeError(
                    f"a sentence is the string {sentence[:40]!r}: give a list of words, or use Corpus.from_text"
                )
            found.update(sentence)
            everything.extend(sentence)
            lengths.append(len(sentence))
        if not found:
            raise ValueError(f"the corpus is empty: no words in {len(lengths)} sentences")
        spelled = dict(zip(found, as_names(found).tolist()))  # each spelling is looked at once
        if any(word != name for word, name in spelled.items()):
            found, spellings = Counter(), found
            for word, count in spellings.items():
                found[spelled[word]] += count
        kept = sorted(
            (word for word, count in found.items() if count >= min_count), key=lambda word: (-found[word], word)
        )
        if not kept:
            word, count = found.most_common(1)[0]
            raise ValueError(
                f"none of {len(found)} words occurs {min_count} times (the most frequent, {word!r}, {count}): "
                "lower min_count or give more text"
            )
        if len(kept) == 1:
            raise ValueError(
                f"only one word is left, {kept[0]!r} (of {len(found)}, with min_count={min_count}): "
                "there is nothing to tell it from; lower min_count or give more text"
            )
        place = {word: i for i, word in enumerate(kept)}
        number = {word: place[name] for word, name in spelled.items() if name in place}
        numbers = np.fromiter((number.get(word, -1) for word in everything), np.int64, len(everything))
        ends = np.cumsum(np.concatenate([[0], numbers >= 0]))[np.cumsum([0, *lengths])]
        counts = np.array([found[word] for word in kept])
        return cls(
            np.array(kept, dtype=object),
            counts,
            numbers[numbers >= 0],
            _without_empty(ends),
            len(numbers) - int(ends[-1]),
        )

    @classmethod
    def from_text(cls, text: str | Iterable[str], min_count: int = 5) -> "Corpus":
        """`tokenize` a text, or several; each line is a sentence. Raises what `from_sentences` raises."""
        texts = [text] if isinstance(text, str) else text
        return cls.from_sentences((tokenize(line) for one in texts for line in one.splitlines()), min_count)

    @classmethod
    def from_file(cls, path: str | Path, min_count: int = 5) -> "Corpus":
        """`from_text` of a UTF-8 file.

        Raises:
            FileNotFoundError: no such file.
            ValueError: it is not UTF-8 (the message names the byte), or what `from_sentences` raises.
        """
        return cls.from_text(read_text(path), min_count)

    def __len__(self) -> int:
        """N, the size of the vocabulary."""
        return len(self.words)

    def __repr__(self) -> str:
        return f"Corpus({len(self.tokens):,} tokens of {len(self):,} words in {self.n_sentences:,} sentences)"

    @property
    def n_sentences(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def _number(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words.tolist())}

    def __contains__(self, word: str) -> bool:
        try:
            return as_name(word) in self._number
        except (TypeError, ValueError):  # what can be no name is not there
            return False

    def number(self, word: str) -> int:
        """The number of a word, 0 for the most frequent.

        Raises:
            KeyError: it is not in the vocabulary; the message suggests close spellings.
            TypeError, ValueError: it can be no name, see `as_name`.
        """
        word = as_name(word)
        if word not in self._number:
            close = close_names(word, self._number)
            hint = f"; did you mean {', '.join(map(repr, close))}?" if close else ""
            raise KeyError(f"{word!r} is not in the vocabulary of {len(self):,} words (rare words are left out){hint}")
        return self._number[word]

    def sentence(self, i: int) -> list[str]:
        """The words of sentence i that are in the vocabulary.

        Raises:
            IndexError: there is no such sentence.
        """
        if not 0 <= i < self.n_sentences:
            raise IndexError(f"sentence {i}: there are 0 to {self.n_sentences - 1}")
        return self.words[self.tokens[self.starts[i] : self.starts[i + 1]]].tolist()

    def sentences(self) -> list[list[str]]:
        """All sentences as lists of words, as gensim takes them."""
        words, starts = self.words[self.tokens].tolist(), self.starts.tolist()
        return [words[a:b] for a, b in zip(starts, starts[1:])]

    # --- Frequent words, windows, noise ---

    def keep_probability(self, sample: float = 1e-3) -> np.ndarray:
        """With which probability `subsample` keeps a token of each word: min(1, √(t/f) + t/f), float64 of shape (N,).

        f is the word's share of all tokens and t is `sample`; 0 keeps everything. This is the formula of word2vec.c
        (and gensim); the paper's is 1 − √(t/f) for dropping one (Mikolov et al. 2013b, eq. 5).
        """
        if not 0 <= sample < np.inf:
            raise ValueError(f"sample={sample!r}: it must be a small share such as 1e-3, or 0 to keep everything")
        ratio = sample * self.counts.sum() / self.counts
        return np.minimum(1, np.sqrt(ratio) + ratio) if sample else np.ones(len(self))

    def subsample(self, sample: float = 1e-3, seed: int = 0) -> "Corpus":
        """This corpus with each token of a frequent word dropped at random (see `keep_probability`).

        Vocabulary and counts stay. Of a tiny corpus there may be no token left.

        Raises:
            ValueError: sample is no share, or the seed is no whole number from 0 to 2⁶⁴ − 1.
        """
        keep = (
            np.random.default_rng(whole_number("seed", seed, 0, 2**64 - 1)).random(len(self.tokens))
            < self.keep_probability(sample)[self.tokens]
        )
        ends = np.concatenate([[0], np.cumsum(keep)])[self.starts]
        return Corpus(self.words, self.counts, self.tokens[keep], _without_empty(ends), self.dropped)

    def windows(self, window: int = 5, of: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Every token with the words around it.

        A window ends where its sentence does: in a sentence shorter than the window, each word sees all the others, and
        in a sentence of one word nobody.

        Args:
            window: words on each side, at most.
            of: only the tokens of this word; None: all of them.

        Returns:
            contexts: int64 of shape (n_tokens, 2 × window), left to right; −1 where there is no word.
            targets: int64 of shape (n_tokens,), the tokens.

        Raises:
            ValueError: window below 1.
        """
        window = whole_number("window", window, 1)
        rows = np.arange(len(self.tokens)) if of is None else np.flatnonzero(self.tokens == of)
        sentence = np.repeat(np.arange(self.n_sentences, dtype=np.int32), np.diff(self.starts))
        place = rows[:, None] + np.r_[-window:0, 1 : window + 1]
        inside = place.clip(0, len(self.tokens) - 1)
        same = (place == inside) & (sentence[inside] == sentence[rows, None])
        return np.where(same, self.tokens[inside], -1), self.tokens[rows]

    def noise(self, power: float = 0.75) -> np.ndarray:
        """Probabilities ∝ count^power, from which negatives are drawn: float64 of shape (N,), sums to 1."""
        weights = self.counts.astype(np.float64) ** power
        return weights / weights.sum()

    def cooccurrence(self, window: int = 5) -> scipy.sparse.csr_array:
        """How often word j stands around word i: float32 of shape (N, N), symmetric.

        A pair at distance d counts (window + 1 − d) / window, its expected count when the window's size is drawn from
        1 to `window` for each token, as word2vec does.
        """
        window = whole_number("window", window, 1)
        sentence = np.repeat(np.arange(self.n_sentences), np.diff(self.starts))
        shape, total = (len(self), len(self)), scipy.sparse.csr_array((len(self), len(self)), dtype=np.float32)
        for distance in range(1, min(window, len(self.tokens) - 1) + 1):
            same = sentence[distance:] == sentence[:-distance]
            left, right = self.tokens[:-distance][same], self.tokens[distance:][same]
            weight = np.full(len(left), (window + 1 - distance) / window, dtype=np.float32)
            total = total + scipy.sparse.csr_array(
                (weight, (left, right)), shape=shape
            )  # a pair that comes twice adds up
        return scipy.sparse.csr_array(total + total.T)


def _without_empty(ends: np.ndarray) -> np.ndarray:
    """Boundaries of sentences, without those of sentences that have no word left."""
    return np.concatenate([ends[:1], ends[1:][np.diff(ends) > 0]])
