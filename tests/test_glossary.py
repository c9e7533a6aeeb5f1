"""The glossary has every term that chapters and cards use, and none that nobody uses; its links lead to headings."""

import json
import re
from pathlib import Path

import pytest

from embedviz.course import places
from embedviz.course.drills import CARDS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
ENTRY = re.compile(r"^- \*\*(?P<term>[^*]+)\*\*(?: \((?P<others>[^)]+)\))?: (?P<meaning>.+)\. \[.+\]\((?P<link>.+)\)$")

# Terms of the field, from the indexes of textbooks and from lists of interview questions. Those that chapters or cards
# use must be listed, under this name or another.
FIELD = """
A/B test; Adagrad; Adam; ALS; analogies; anisotropy; approximate search; AUC; autograd; batch; bias; boosting;
bootstrap; bottleneck; BPR; CBOW; chain rule; co-occurrence; cold start; contextual; cosine; coverage; cross-encoder;
cross-entropy; cross-fitting; dot product; drift; EASE; embedding; entropy; epoch; exploration; fastText; feedback
loop; finite differences; freshness; funnel; GloVe; gradient; hard negative; hashing; hierarchical softmax; HNSW;
hubness; implicit feedback; in-batch negatives; index; item-kNN; IVF; label encoding; leak; learning rate; lift;
logistic loss; logQ; log q; LSA; MAE; margin; matrix factorization; Matryoshka; MRR; NDCG; negative sampling; norm;
one-hot; PCA; pointwise mutual information; PMI; polysemy; popularity; position bias; PPMI; precision; product
quantization; quantization; recall; regularization; residual; retrieval; RMSE; R²; sampled softmax; SGD; sharding;
sigmoid; SimLex-999; skip-gram; smoothing; softmax; Spearman; subsampling; SVD; t-SNE; target encoding; temperature;
TF-IDF; triplet; UMAP; vocabulary; weight tying; window; word2vec; WordSim-353; false negative; cross-batch; hinge;
InfoNCE; contrastive; distillation; dropout; early stopping; embedding collapse; dead rows; re-embedding; tombstone;
backfill; canary; shadow; propensity; bandit; epsilon-greedy; Thompson; calibration; byte-pair; subword; n-gram; OOV;
transformer; BERT; ELMo; attention; Jaccard; Mahalanobis; orthogonal; Procrustes; whitening; locality-sensitive; LSH;
MIPS; ScaNN; two towers; late interaction; ColBERT; oversampling; post-filter; pre-filter; time split; sampled metric;
selection bias
"""

# Bold in a chapter, for stress or as a label: no terms.
STRESSED = """
about, ahead, air time, behind, break, clear, country, derive, direction, everything, exact, exactly, genre, gensim,
gensim's, guess, honestly, is, koehrsen's own, label, labeled, lasso, learn, level, means, measure, mislead,
neighbors, normalize, not, now, only, occurrence, other ways, pause, play, party, predict, run away, search, slide,
start, start over, temperature, the step, three things, told, together, train, try, use, when, why, filters, memory,
row i of w, embedding is one-hot times a matrix, log loss, dense, bert, elmo, popular, hide all horror films, ship
ease, number, exercises, by time, try it, predict first, guess first, held-out links, row-wise adagrad, raw links, is
it, v′, cannot confirm, −∞, not divided, google's analogies, mean rating, refined logq, taken apart, another protocol
"""


def entries():
    lines = (NOTEBOOKS / "glossary.md").read_text(encoding="utf-8").splitlines()
    found = [ENTRY.match(line) for line in lines if line.startswith("- ")]
    assert all(found), [line for line in lines if line.startswith("- ") and not ENTRY.match(line)]
    return found


def names_of(entry) -> list[str]:
    return [entry["term"], *(entry["others"] or "").split(", ")] if entry["others"] else [entry["term"]]


def prose(chapter: int) -> str:
    cells = json.loads(places.chapter_file(chapter).read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)  # without the lecture, which no reader sees


TEXTS = {f"chapter {chapter}": prose(chapter) for chapter in places.CHAPTERS} | {
    f"card {name!r}": f"{card.topic}\n{card.text}" for name, card in CARDS.items()
}


def used(term: str, text: str) -> bool:
    """Whether a text has a term: as a word, also in the plural, capitals only where the term has them alone."""
    stem = re.escape(term[:-1]) + "(?:y|ies)" if term.endswith("y") else re.escape(term) + "(?:s|es)?"
    flags = 0 if term.isupper() else re.IGNORECASE
    return re.search(rf"(?<![\w-]){stem}(?![\w])", text, flags) is not None


def plain(name: str) -> str:
    return re.sub(r"[-\s]+", " ", name.lower().strip())


def test_entries_are_in_order_short_and_come_once():
    terms = [entry["term"].lower() for entry in entries()]
    assert terms == sorted(terms) and len(terms) > 100
    names = [plain(name) for entry in entries() for name in names_of(entry)]
    assert len(names) == len(set(names)), sorted({name for name in names if names.count(name) > 1})
    assert [entry["term"] for entry in entries() if len(entry["meaning"]) > 200] == []


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["term"])
def test_a_term_is_used_and_its_place_is_there(entry):
    where = [place for place, text in TEXTS.items() if any(used(name, text) for name in names_of(entry))]
    assert where, f"nobody uses {names_of(entry)}"
    file, _, anchor = entry["link"].partition("#")
    [chapter] = [number for number in places.CHAPTERS if places.chapter_file(number).name == file]
    assert anchor in map(places.anchor, places.headings(chapter)), f"{file} has no heading {anchor}"


@pytest.mark.parametrize("place", TEXTS)
def test_terms_that_are_used_are_listed(place):
    listed = {plain(name) for entry in entries() for name in names_of(entry)}
    terms = [" ".join(term.split()) for term in FIELD.split(";")]
    missing = [term for term in terms if used(term, TEXTS[place]) and not is_listed(term, listed)]
    assert missing == [], f"{place}: not in notebooks/glossary.md"


@pytest.mark.parametrize("number", places.CHAPTERS)
def test_what_a_chapter_sets_in_bold_is_listed(number):
    listed = {plain(name) for entry in entries() for name in names_of(entry)}
    stressed = {" ".join(word.split()) for word in STRESSED.split(",")}
    bold = {text.strip(" .:?!▶").replace("$", "") for text in re.findall(r"\*\*(.+?)\*\*", prose(number), re.DOTALL)}
    short = [text for text in bold if 1 < len(text) and len(text.split()) <= 2 and not re.search(r"[,;@:(\d]", text)]
    missing = [text for text in short if text.lower() not in stressed and not is_listed(text, listed)]
    assert missing == [], "in notebooks/glossary.md, or in STRESSED if it is no term"


def is_listed(term: str, listed: set[str]) -> bool:
    """Whether a term, or its singular, is among the names."""
    name = plain(term)
    return bool({name, name.removesuffix("s"), name.removesuffix("es"), name.removesuffix("ies") + "y"} & listed)


def test_every_symbol_is_used():
    table = (NOTEBOOKS / "symbols.md").read_text(encoding="utf-8")
    symbols = [
        one for row in re.findall(r"^\| (\$.+?) \|", table, re.MULTILINE) for one in re.findall(r"\$(.+?)\$", row)
    ]
    parts = [part.strip() for symbol in symbols for part in re.split(r",\\?\s*", symbol)]
    everything = "\n".join(TEXTS.values())
    formulas = "\n".join(re.findall(r"\$\$?(.+?)\$\$?", everything, re.DOTALL))
    unused = [part for part in parts if re.sub(r"\(s\)", "", part) not in formulas]
    assert len(parts) > 25 and unused == []


def test_the_table_of_symbols_and_the_glossary_link_each_other():
    assert "](symbols.md)" in (NOTEBOOKS / "glossary.md").read_text(encoding="utf-8")
    assert "](glossary.md)" in (NOTEBOOKS / "symbols.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_every_notebook_links_the_glossary_at_its_head(path):
    assert "](glossary.md)" in "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
