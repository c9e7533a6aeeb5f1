"""What readers predict before a cell is run: the questions, in the order of the chapters.

To add one, write a `Question` here, `prediction(name)` in a cell before the outcome, `came_out(name, truth)` after it.
"""

from dataclasses import dataclass

KINDS = ("number", "range", "choice")
VERDICTS = ("ahead", "level", "behind")  # as all comparisons of the workbook are judged


@dataclass(frozen=True)
class Question:
    """Something to predict.

    Attributes:
        name: by which progress is kept: unique, short, and never changed.
        chapter: 1 to 4.
        text: the question, Markdown; it must not give the outcome away.
        kind: one of `KINDS`.
        unit: of a number or range, "" if it has none.
        choices: of a choice, at least two.
    """

    name: str
    chapter: int
    text: str
    kind: str = "range"
    unit: str = ""
    choices: tuple[str, ...] = ()

    def __post_init__(self):
        problems = {
            f"chapter={self.chapter!r}: it must be 1, 2, 3 or 4": self.chapter not in (1, 2, 3, 4),
            f"kind={self.kind!r}: it must be one of {', '.join(KINDS)}": self.kind not in KINDS,
            f"choices={self.choices!r}: a choice has two or more, all else none": (
                len(self.choices) < 2 if self.kind == "choice" else len(self.choices) > 0
            ),
        }
        for problem, there in problems.items():
            if there:
                raise ValueError(f"question {self.name!r}: {problem}")

    def written(self, value: float | str) -> str:
        """A number with its unit, in three digits; a choice as it is."""
        if isinstance(value, str):
            return value
        digits = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
        return f"{digits} {self.unit}".strip()


def versus(name: str, chapter: int, text: str) -> Question:
    """A question about two methods: is the first ahead of the second, level with it, or behind it?"""
    return Question(name, chapter, text, "choice", choices=VERDICTS)


_ALL = (
    # Chapter 1
    Question(
        "label encoding's error",
        1,
        "Air time from the destination's *number* alone. Who always answers the mean is off by 97 minutes (RMSE). How "
        "far off is the network, on average over six permutations of the numbers?",
        unit="minutes",
    ),
    Question(
        "AUC on pure noise",
        1,
        "A coin toss as target, a thousand random categories as input: which AUC does the naive target encoding claim "
        "on its own training rows?",
    ),
    versus("boosting against the embedding", 1, "Air time, 30,000 rows: is **boosting** ahead of the **embedding**?"),
    versus("64 dimensions against 8", 1, "With the planes: are **64** dimensions ahead of **8**, or behind?"),
    versus(
        "embedding against logistic regression",
        1,
        "Late or not, by AUC: is the network with **embeddings** ahead of **logistic regression** on one-hot columns?",
    ),
    Question(
        "which distance",
        1,
        "Which distance between the vectors finds airports of like air time?",
        "choice",
        choices=("cosine", "cosine, centered", "euclidean"),
    ),
    Question(
        "longitude or latitude",
        1,
        "Which of the two can be read off the airports' vectors better?",
        "choice",
        choices=("longitude", "latitude"),
    ),
    # Chapter 2
    Question(
        "accidental negatives",
        2,
        "Draw a book and a link at random, each as likely as another. How often is that a true pair?",
        unit="%",
    ),
    Question(
        "Russian neighbors", 2, "Of the ten nearest to *War and Peace*: how many were written in Russian?", "number"
    ),
    Question(
        "two trainings, turned",
        2,
        "Train twice, turn the second run onto the first by the best rotation, and look at books that did not choose "
        "the rotation. The correlation of a coordinate with itself in the other run, mean of 50?",
    ),
    versus(
        "few labels",
        2,
        "Country of a book, labels for 2 % of the books: is the **embedding** ahead of **TF-IDF** of the same links?",
    ),
    versus("EASE against the network", 2, "Held-out links, hits@10: is **EASE** ahead of the network's **softmax**?"),
    Question(
        "what hurts neighbors most",
        2,
        "Which one makes the neighbors (precision@10) worst?",
        "choice",
        choices=("start with variance 1", "temperature 0.05", "temperature 1", "no log q", "3 dimensions"),
    ),
    # Chapter 3
    Question(
        "cells that are not zero", 3, "Which share of the table of counts, words by words, is not zero?", unit="%"
    ),
    Question(
        "64 times the words",
        3,
        "The full softmax with 64,000 words instead of 1,000: how many times as long does a word of text take?",
        unit="times",
    ),
    versus(
        "without 1/C",
        3,
        "Plain SGD, Google's analogies: is the update **without 1/C** (learning rate .1) ahead of CBOW **as derived**?",
    ),
    versus("skip-gram against CBOW", 3, "Both with Adagrad, Google's analogies: is **skip-gram** ahead of **CBOW**?"),
    versus(
        "100 numbers against all",
        3,
        "PPMI, judged by WordSim-353: are the **100 numbers** of the SVD ahead of the **whole rows**?",
    ),
    Question(
        "rank of the opposite",
        3,
        "At which rank among all 11,835 words does *decrease* come, as neighbor of *increase*?",
        "number",
    ),
    Question(
        "opposites' cosine",
        3,
        "Pairs that mean about the same (by SimLex's judges) have a mean cosine of about .33 here. And opposites, "
        "those of Google's analogies?",
    ),
    # Chapter 4
    Question("films with a match", 4, "Which share of the films do title and year find in Wikidata's list?", unit="%"),
    Question(
        "ratings in the same second",
        4,
        "Which share of the ratings has the very second of another rating of the same user?",
        unit="%",
    ),
    Question(
        "the textbook's minimum",
        4,
        "Loss A, with dot products: what does training do to it?",
        "choice",
        choices=("it ends at a minimum", "it falls without end"),
    ),
    versus("towers against EASE", 4, "Known users, NDCG@20: are the **two towers** ahead of **EASE**?"),
    versus(
        "highest predicted rating",
        4,
        "Recall@20: is the list of the **highest predicted ratings** ahead of mere **popularity**?",
    ),
    Question(
        "last by the tutorial's protocol",
        4,
        "Random split, top 100, films already seen stay in the lists: who comes last?",
        "choice",
        choices=("popularity", "EASE", "ids"),
    ),
    Question(
        "a sixteenth of the bytes",
        4,
        "Product quantization, 8 bytes a vector instead of 128: of the 10 nearest, which share is among its first 10?",
        unit="%",
    ),
)

#: name → question.
QUESTIONS: dict[str, Question] = {one.name: one for one in _ALL}


def question(name: str) -> Question:
    """A question by its name.

    Raises:
        KeyError: there is none; the message lists all.
    """
    if name not in QUESTIONS:
        raise KeyError(f"no prediction {name!r}: they are {', '.join(map(repr, QUESTIONS))}")
    return QUESTIONS[name]
