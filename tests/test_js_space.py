"""The embedding space in the page: names, neighbors, shared links and traits are those of the Python functions.

Both were written apart, so that each is the other's referee.
"""

import difflib
import itertools
import math
import random
import sys
import unicodedata
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from embedviz.base.names import NameIndex, as_name, close_names
from embedviz.inputs.pairs import Pairs
from embedviz.space.enrichment import Traits, over_represented
from embedviz.space.neighbors import nearest, rounding, top_k
from embedviz.space.table import EmbeddingTable

pytestmark = pytest.mark.browser

TITLES = """\
War and Peace|Война и мир|Преступление и наказание
Мастер и Маргарита|Ёлка|Anna Karenina|Moby-Dick; or, The Whale|源氏物語
吾輩は猫である|雪国|ノルウェイの森|ﾊﾝｶｸ ﾓｼﾞ|紅樓夢|三体|Ὀδύσσεια|Οδύσσεια
ΙΛΙΑΣ|Ἀντιγόνη|Βίος και πολιτεία του Αλέξη Ζορμπά
Ο Χριστός ξανασταυρώνεται|Die Straße|Große Erwartungen|GROSSE FREIHEIT
Der Prozeß|Der Prozess|Æsop’s Fables|İstanbul Hatırası|Kırmızı Saçlı Kadın|Ilk Aşk
Les Misérables|À la recherche du temps perdu|L’Étranger|L'Etranger|Élégie
Don Quijote de la Mancha|Cien años de soledad|Niebla|Quo Vadis|Lalka|Przedwiośnie
Žítkovské bohyně|Saturnin|Příliš hlučná samota|Truyện Kiều|Số đỏ|Hồ Xuân Hương|สี่แผ่นดิน
ألف ليلة وليلة|موسم الهجرة إلى الشمال|שירה|סיפור על אהבה וחושך|गोदान|गीतांजलि|토지|채식주의자
Քաջ Նազար|ვეფხისტყაოსანი|𝒜lice in Wonderland|𠮷野家の歴史|😀 and 😃|Emoji 🏳️‍🌈
The Great Gatsby|The Grapes of Wrath|The Catcher in the Rye|The Trial|The Castle|Ulysses
Dubliners|Emma|emma|EMMA|Persuasion|Middlemarch|Dune|Dune Messiah|Children of Dune|1984
Nineteen Eighty-Four|Catch-22|2666|V.|ŉ Boek|ǰ|ﬁction|fiction|Ωmega|ᾳδης|ΐ|Ꭰꮧꮿ|ſhip
K (Kelvin)|µ-opera|x|Ǆ|a b|a-b|-|…"""
TITLES = [as_name(title) for line in TITLES.split("\n") for title in line.split("|")]


# Of one page for each: what classes are asked, in one call.
NAMES = """async (names, calls) => {
  const made = new loaded["space/names.js"].Names(names);
  return calls.map(([method, ...args]) => made[method](...args));
}"""


@pytest.fixture(scope="module")
def space(modules):
    for module in ("vectors", "names", "links", "traits", "folding", "hypergeometric"):
        modules.load(f"space/{module}.js")
    return modules


@pytest.fixture(scope="module")
def ask(space):
    """ask(names, (method, argument, …), …): what the class Names answers to each."""
    return lambda names, *calls: space.evaluate(NAMES, list(names), [list(call) for call in calls])


def made_names(n, seed):
    """n different names of words of the titles, in all their scripts."""
    words, draw = sorted({word for title in TITLES for word in title.split()}), random.Random(seed)
    names = dict.fromkeys(TITLES[: n // 2])
    while len(names) < n:
        names[as_name(" ".join(draw.choices(words, k=draw.randint(1, 3))))] = None
    return list(names)


def made_vectors(n, dim, seed):
    """Vectors of many kinds: of any numbers, with many ties, with rows of zeros, very long, short, equal."""
    draw, kind = np.random.default_rng(seed), seed % 7
    vectors = draw.normal(size=(n, dim))
    if kind in (1, 2):
        vectors = draw.integers(-1, 3, size=(n, dim)).astype(float)
    if kind in (2, 3):  # a few directions, of many lengths
        vectors = vectors[draw.integers(0, max(n // 5, 1), n)] * draw.uniform(0.1, 9, size=(n, 1))
    if kind in (1, 4):
        vectors[draw.random(n) < 0.2] = 0
    if kind == 4:
        vectors *= np.where(np.arange(n) % 3, 1e30, 1e-30)[:, None]
    if kind == 5:
        vectors[:] = vectors[0]
    return vectors.astype(np.float32)


def shape(seed):
    """(n, dim) of a random table."""
    if seed == 6:
        return 5000, 24
    draw = np.random.default_rng(seed + 1000)
    return 2 if seed % 10 == 0 else int(draw.integers(3, 300)), {1: 1, 2: 2, 3: 60}.get(
        seed % 9, int(draw.integers(1, 61))
    )


@pytest.mark.parametrize("first", range(0, 50, 10))
def test_neighbors_are_those_of_top_k(space, first):
    for seed in range(first, first + 10):
        (n, dim), draw = shape(seed), np.random.default_rng(seed)
        vectors, k = made_vectors(n, dim, seed), int(draw.integers(1, 13))
        rows = draw.choice(n, min(n, 64), replace=False).astype(np.int32)
        query = draw.normal(size=dim) if seed % 2 else vectors[rows[0]].astype(float) + 0.5
        found, all_, one, free = space.evaluate(
            """async (vectors, dim, k, rows, query) => {
              const { unitRows, nearest, nearestOfAll } = loaded["space/vectors.js"], unit = unitRows(vectors, dim);
              return [nearestOfAll(unit, dim, k, rows), vectors.length < 1e5 ? nearestOfAll(unit, dim, k) : null,
                      nearest(unit, dim, rows[0], k), nearest(unit, dim, unitRows(query, dim), k)];
            }""",
            vectors,
            dim,
            k,
            rows,
            query,
        )
        most = min(k, n - 1)
        numbers, similarities = top_k(vectors, k=most)
        for answer, asked in ((found, rows), (all_, np.arange(n)), (one | {"k": most}, rows[:1])):
            if answer is not None:
                assert answer["k"] == most
                np.testing.assert_array_equal(answer["rows"].reshape(len(asked), most), numbers[asked], f"seed {seed}")
                np.testing.assert_allclose(answer["similarities"], similarities[asked].ravel(), atol=1e-5)
        numbers, similarities = top_k(vectors, query[None], k=min(k, n))
        np.testing.assert_array_equal(free["rows"], numbers[0], f"seed {seed}")
        np.testing.assert_allclose(free["similarities"], similarities[0], atol=1e-5)


@pytest.mark.parametrize("first", [0, 25])
def test_ranks_are_the_places_in_the_full_list(space, first):
    for seed in range(first, first + 25):
        n, dim = shape(seed)
        vectors, row = made_vectors(n, dim, seed), seed % n
        others = np.delete(np.arange(n), row)[:: max(n // 50, 1)].astype(np.int32)
        full = nearest(EmbeddingTable(np.arange(n).astype(str), vectors), str(row), n - 1)["name"].astype(int)
        place = pd.Series(np.arange(1, n), index=full)
        ranks = space.evaluate(
            """async (vectors, dim, row, others) => {
              const { unitRows, rankOf } = loaded["space/vectors.js"];
              return rankOf(unitRows(vectors, dim), dim, row, others);
            }""",
            vectors,
            dim,
            row,
            others,
        )
        np.testing.assert_array_equal(ranks, place[others], f"seed {seed}")


def test_ties_by_hand(space):
    code = """async (vectors, dim, k) => {
      const { unitRows, nearestOfAll, rankOf } = loaded["space/vectors.js"], unit = unitRows(vectors, dim);
      return [nearestOfAll(unit, dim, k), rankOf(unit, dim, 0, [1, 2, 3])];
    }"""
    found, ranks = space.evaluate(code, np.array([1, 0, 2, 0, 3, 0, 0, 0], dtype=np.float32), 2, 5)
    assert found["rows"].reshape(4, 3).tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]
    assert found["similarities"] == pytest.approx([1, 1, 0, 1, 1, 0, 1, 1, 0, 0, 0, 0], abs=1e-7)
    assert ranks.tolist() == [1, 2, 3]
    alone, _ = space.evaluate(code, np.ones(3, dtype=np.float32), 3, 5)
    assert alone["k"] == 0 and len(alone["rows"]) == 0


def test_of_many_equal_rows_the_first_are_the_nearest(space):
    # More than are kept at first, so that what lies below is sifted out again and again.
    row = np.random.default_rng(0).normal(size=50).astype(np.float32)
    vectors = np.tile(row, (3000, 1)) * np.linspace(0.1, 7, 3000, dtype=np.float32)[:, None]
    found = space.evaluate(
        """async (vectors, rows) => {
          const { unitRows, nearestOfAll } = loaded["space/vectors.js"];
          return nearestOfAll(unitRows(vectors, 50), 50, 4, rows);
        }""",
        vectors,
        np.array([0, 2, 2999, 5, 77], dtype=np.int32),
    )
    first = [[1, 2, 3, 4], [0, 1, 3, 4], [0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]]
    assert found["rows"].reshape(5, 4).tolist() == first


def test_neighbors_on_a_small_arc_are_told_apart(space):
    """The cosines differ by 10⁻⁹ only, far below what float32 holds."""
    angle = np.sort(np.random.default_rng(2).uniform(0, 0.01, 200))
    found = space.evaluate(
        "async (unit) => loaded['space/vectors.js'].nearestOfAll(loaded['space/vectors.js'].unitRows(unit, 2), 2, 1)",
        np.column_stack([np.cos(angle), np.sin(angle)]).ravel(),
    )
    gaps = np.abs(angle[:, None] - angle) + np.diag(np.full(200, np.inf))
    np.testing.assert_array_equal(found["rows"], gaps.argmin(axis=1))


def test_rows_are_scaled_to_length_1_whatever_their_size(space):
    vectors = np.array([[3, 4], [3e30, -4e30], [1e-45, 0], [0, 0]], dtype=np.float32)
    unit = space.call("space/vectors.js", "unitRows", vectors, 2).reshape(4, 2)
    assert unit == pytest.approx(np.array([[0.6, 0.8], [0.6, -0.8], [1, 0], [0, 0]]), abs=1e-7)
    assert space.evaluate("async () => loaded['space/vectors.js'].rounding(50)") == rounding(50)


def test_a_query_of_another_dimension_is_named(space):
    with pytest.raises(Exception, match="a query of 3 numbers: the vectors have 2"):
        space.call("space/vectors.js", "nearest", np.ones(4), 2, np.ones(3), 1)


# Names


def test_letters_are_folded_as_pythons_casefold(space):
    """All letters, but those that this Python's Unicode does not have yet."""
    changed = space.evaluate(
        """async () => {
          const { folded } = loaded["space/folding.js"], changed = [];
          for (let code = 0; code < 0x110000; code++) {
            const letter = String.fromCodePoint(code);
            if (!(code >= 0xd800 && code < 0xe000) && folded(letter) !== letter) changed.push([letter, folded(letter)]);
          }
          return changed;
        }"""
    )
    letters = [chr(code) for code in range(sys.maxunicode + 1) if unicodedata.category(chr(code)) not in ("Cs", "Cn")]
    expected = {letter: letter.casefold() for letter in letters if letter.casefold() != letter}
    assert {letter: low for letter, low in changed if unicodedata.category(letter) != "Cn"} == expected
    words = ["ΟΔΥΣΣΕΥΣ ΟΣ", "STRAẞE", "İI", "ΑΙΣ, Σ.", *TITLES]
    found = space.evaluate("async (words) => words.map(loaded['space/folding.js'].folded)", words)
    assert found == [word.casefold() for word in words]


def test_white_space_is_what_pythons_split_takes_for_it(ask):
    spaces = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000 and chr(code).isspace()]
    others = ["\ufeff", "\u200b", "\u180e", "\u2060", "\x1b", "\u00ad"]
    texts = [f"{space}a{space}{space}b" for space in [*spaces, *others]] + ["", " ", "\u3000\t"]
    names = [as_name(text) for text in texts]
    assert names[: len(spaces)] == ["a b"] * len(spaces)
    found = ask(["a b"], *(("row", text) for text in texts))
    assert found == [0 if name == "a b" else -1 for name in names]


def test_names_are_composed_and_what_is_no_name_is_refused(space):
    texts = [unicodedata.normalize(form, title) for form in ("NFD", "NFC") for title in TITLES] + [
        "  x \n y\t",
        "Ω",
        "K",
    ]
    found = space.evaluate("async (texts) => texts.map(loaded['space/names.js'].asName)", texts)
    assert found == [as_name(text) for text in texts]
    for text in ("a\0b", "half \ud83d", "\udc00\ud800"):
        with pytest.raises(ValueError):
            as_name(text)
        with pytest.raises(Exception, match="a name holds"):
            space.call("space/names.js", "asName", text)


def misspelled(text, draw):
    """A text as one might type it: letters left out, doubled, exchanged, of another case, decomposed."""
    letters = list(text)
    for _ in range(draw.randint(1, 1 + len(letters) // 6)):
        if not letters:
            break
        place, kind = draw.randrange(len(letters)), draw.randrange(5)
        if kind == 0:
            letters.pop(place)
        elif kind == 1:
            letters.insert(place, draw.choice(letters))
        elif kind == 2:
            letters[place : place + 2] = letters[place : place + 2][::-1]
        elif kind == 3:
            letters[place] = draw.choice("aeinostкотασ人の")
        else:
            letters[place] = letters[place].swapcase()
    text = "".join(letters)
    return unicodedata.normalize("NFD", text) if draw.random() < 0.2 else text


@pytest.mark.parametrize("seed", range(4))
def test_misspelled_names_mean_the_same(ask, seed):
    draw, names = random.Random(seed), made_names(350, seed)
    table = EmbeddingTable(names, np.ones((len(names), 1)))
    texts = [misspelled(name, draw) for name in draw.sample(names, 50)]
    texts += [name[: draw.randint(1, 4)] for name in draw.sample(names, 8)] + ["", " ", "a", "-", "zzzz"]
    n = [1, 5, 8, 40][seed]
    found = ask(names, *(("suggest", text, n) for text in texts), *(("lookUp", text, n) for text in texts))
    for text, close, meant in zip(texts, found, found[len(texts) :]):
        assert close == close_names(text, names, n), text
        assert (meant["name"], meant["close"]) == table.look_up(text, n), text


def test_in_a_text_of_200_letters_the_popular_ones_begin_no_block(ask):
    """difflib's "autojunk": the ratios, and so the order, are others than without it."""
    draw = random.Random(0)
    rare = [chr(0x4E00 + i) for i in range(150)]
    text = "".join(draw.choice(rare) if draw.random() < 0.4 else draw.choice("aaaeiounst ") for _ in range(260)).strip()
    names = [as_name(misspelled(text, draw)) for _ in range(60)]
    names += [as_name("".join(draw.sample(text, 230))) for _ in range(3)] + ["aaaa" * 60, text[30:]]
    names = list(dict.fromkeys(names))
    for asked in (as_name(text), as_name(text[:199]), "a" * 220, text[:-60]):
        assert ask(names, ("suggest", asked, 12)) == [close_names(asked, names, 12)]
    close = close_names(text, names, 12)
    word = difflib.SequenceMatcher(None, "", as_name(text).casefold())
    plain = difflib.SequenceMatcher(None, "", as_name(text).casefold(), autojunk=False)
    for matcher in (word, plain):
        matcher.set_seq1(close[-1].casefold())
    assert len(close) == 12 and word.bpopular and word.ratio() != plain.ratio()


def test_of_names_that_differ_by_case_alone_the_same_is_found(ask):
    names = ["Emma", "emma", "EMMA", "Emmas", "Straße", "STRASSE", "ｱ1", "𐐀1", "\uffee1"]
    names += ["abcd𐐀", "abcd\uffee", "abcdx"]  # equally near to abcdz: the last in the alphabet comes first
    for text in ("eMMa", "abcdz", "Ema", "emma", "strasse", "Strase", "1", "11", "21"):
        for n in (1, 2, 3, 9):
            assert ask(names, ("suggest", text, n)) == [close_names(text, names, n)], (text, n)


def test_what_is_typed_means_a_name_but_for_case_white_space_and_composition(ask):
    names = ["War and Peace", "Café", "Die Straße", "ΟΔΥΣΣΕΥΣ", "İstanbul", "a<b>&'\"", "Война и мир", "1"]
    typed = ["  WAR and\tpeace", "cafe\u0301", "DIE STRASSE", "οδυσσευς", "i̇stanbul", "A<B>&'\"", "война и МИР", "1 "]
    assert [one["name"] for one in ask(names, *(("lookUp", text) for text in typed))] == names
    assert ask(names, ("lookUp", "istanbul"), ("lookUp", "\ud800"), ("lookUp", "  ")) == [
        {"name": None, "close": ["İstanbul"]},
        {"name": None, "close": []},
        {"name": None, "close": []},
    ]


def completed(names, text, n):
    """By hand: the names that begin so, then those that hold it."""
    text = as_name(text).casefold()
    begin = [name for name in names if name.casefold().startswith(text)]
    hold = [name for name in names if text in name.casefold() and name not in begin]
    return [*begin, *hold][:n] if text else []


def test_names_are_completed_those_that_begin_so_first(ask):
    names = made_names(400, 5)
    draw = random.Random(1)
    texts = [
        "",
        " ",
        "a",
        "E",
        "и",
        "の",
        "die s",
        "STRASSE",
        "σ",
        "E\u0301",
        "ς",
        "😀",
        "nothing like it",
        "-",
        "x",
        "\0",
    ]
    for name in draw.sample(names, 40):
        start = draw.randrange(len(name))
        texts.append(name[start : start + draw.randint(1, 4)].swapcase())
    for n in (1, 3, 12):
        found = ask(names, *(("complete", text, n) for text in texts))
        for text, some in zip(texts, found):
            assert some == ([] if "\0" in text else completed(names, text, n)), (text, n)


def test_names_have_the_rows_that_an_index_gives_them(ask):
    names = made_names(500, 2)
    index = NameIndex(names)
    asked = [*names, "nobody", "", " Война  и мир", "ВОЙНА И МИР", "a\0", "War and", "\n"]
    expected = [index.row(name) if name in index else -1 for name in asked]
    one_by_one = ask(names, *(("row", name) for name in asked))
    assert one_by_one == expected and expected[: len(names)] == list(range(len(names)))
    [at_once] = ask(names, ("rowsOf", asked))
    assert at_once.tolist() == expected
    assert ask(names, ("at", 3), ("prepare",), ("row", names[3])) == [names[3], None, 3]


def test_no_names_and_names_that_are_empty(ask):
    calls = [("complete", "a"), ("row", "a"), ("row", ""), ("suggest", "a"), ("suggest", "")]
    assert ask([], *calls) == [[], -1, -1, [], []]
    assert ask(["", "a"], *calls) == [["a"], 1, 0, ["a"], [""]]
    assert close_names("", ["", "a"]) == [""]


# Links and traits


def made_pairs(names, seed, share=0.8):
    """Pairs of most of the names with contexts, some of them in clusters."""
    draw, n = np.random.default_rng(seed), len(names)
    contexts = made_names(max(n // 3, 6), seed + 100)
    count = 8 * n
    who = draw.integers(0, n, count)
    what = (len(contexts) * draw.random(count) ** 2).astype(int)
    cluster = draw.random(count) < 0.4
    what[cluster] = who[cluster] * min(12, len(contexts)) // n  # some belong to a part of the names each
    keep = who < max(share * n, 1)
    return Pairs.from_frame(pd.DataFrame({"title": np.array(names, dtype=object)[who[keep]],
                                          "link": np.array(contexts, dtype=object)[what[keep]]}))  # fmt: skip


def csr(matrix):
    matrix = matrix.copy()
    matrix.sort_indices()
    return {"starts": matrix.indptr.astype(np.int32), "indices": matrix.indices.astype(np.int32)}


def by_rows(names, pairs):
    """The pairs' matrix with a row for each name, as the page has it; a name without pairs has none."""
    return csr(Traits(names, pairs).matrix)


def test_shared_links_are_the_explorers(space):
    from embedviz.widgets import explore

    for seed in range(50):
        names, draw = made_names(shape(seed)[0] if seed != 6 else 700, seed), np.random.default_rng(seed)
        pairs = made_pairs(names, seed)
        frequency = np.bincount(pairs.index[:, 1], minlength=len(pairs.contexts)).astype(np.int32)
        ends = draw.integers(0, len(names), size=(60, 2))
        links, degrees, numbers = space.evaluate(
            """async (links, ends) => {
              const made = new loaded["space/links.js"].Links(links);
              return [ends.map(([a, b]) => made.shared(a, b)), ends.map(([a]) => made.degree(a)),
                      ends.map(([a]) => made.of(a))];
            }""",
            by_rows(names, pairs) | {"frequency": frequency, "contexts": pairs.contexts.tolist()},
            ends.tolist(),
        )
        of = {name: set() for name in names}
        for item, context in pairs.index:
            of[pairs.items[item]].add(int(context))
        if seed % 10 == 1:
            explorer = explore(EmbeddingTable(names, np.eye(len(names), 2)), pairs, projection="pca")
            assert links == [explorer.shared(names[a], names[b]) for a, b in ends]
            explorer.close()
        for (a, b), shared, degree, some in zip(ends, links, degrees, numbers):
            both = sorted(of[names[a]] & of[names[b]], key=lambda context: (frequency[context], context))
            assert shared == pairs.contexts[both].tolist()
            assert degree == len(of[names[a]]) and some.tolist() == sorted(of[names[a]])


def made_frame(names, seed):
    draw, n = np.random.default_rng(seed), len(names)
    genre = np.array(["novel", "драма", "詩", "essay", "play", "epic"], dtype=object)[np.arange(n) * 6 // n]
    genre[draw.random(n) < 0.2] = "novel|essay"
    return pd.DataFrame({"genre": genre, "decade": draw.choice(["1890s", "1900s", None], n), "name": names})


def enriched(space, blocks, n, rows, **options):
    return enriched_each(space, blocks, n, [(rows, options)])[0]


def enriched_each(space, blocks, n, asked):
    """What the page finds for each (rows, options)."""
    space.load("space/traits.js")
    return space.evaluate(
        """(blocks, n, asked) => asked.map(
             ([rows, options]) => loaded["space/traits.js"].overRepresented(blocks, n, rows, options))""",
        blocks,
        n,
        [[np.asarray(rows, dtype=np.int32), options] for rows, options in asked],
    )


def assert_same_traits(found, expected):
    assert [one["trait"] for one in found] == expected["trait"].tolist()
    assert [one["count"] for one in found] == expected["count"].tolist()
    for column in ("share", "overall", "lift"):
        assert [one[column] for one in found] == pytest.approx(expected[column].tolist(), rel=1e-12)
    assert [one["p"] for one in found] == pytest.approx(expected["p"].tolist(), rel=1e-9)


@pytest.mark.parametrize("first", range(0, 50, 25))
def test_over_represented_traits_are_those_of_enrichment(space, first):
    listed = 0
    for seed in range(first, first + 25):
        n = shape(seed)[0]
        names, draw = made_names(n, seed), np.random.default_rng(seed)
        pairs, frame = made_pairs(names, seed), made_frame(names, seed)
        traits, links, facts = Traits(names, pairs, frame), Traits(names, pairs), Traits(names, None, frame)
        blocks = [csr(part.matrix) | {"labels": part.labels.tolist()} for part in (links, facts) if len(part.labels)]
        start, size = int(draw.integers(n)), int(draw.integers(1, n + 1))
        near = np.arange(start, start + max(size // 3, 1)) % n
        few = np.arange(start, start + max(n // 12, 1)) % n
        several = (near, few, draw.choice(n, size, replace=False), np.append(near, near[0]))
        asked = [(rows, options) for rows in several for options in ({}, {"top": 100, "level": 0.3})]
        for found, (rows, options) in zip(enriched_each(space, blocks, n, asked), asked):
            expected = over_represented(traits, rows, **options)
            assert_same_traits(found, expected)
            listed += len(expected)
    assert listed > 200


def exact_tail(x, n, K, N):
    some = sum(math.comb(K, i) * math.comb(n - K, N - i) for i in range(max(x, K + N - n, 0), min(K, N) + 1))
    return Fraction(some, math.comb(n, N))


def test_tails_are_right_to_12_digits_down_to_1e_300(space):
    """Compared with whole numbers, which round nothing."""
    draw, cases = np.random.default_rng(0), [(1, 10, 1, 10), (0, 5, 0, 0), (3, 5, 2, 4), (1, 2, 1, 1), (2, 4, 3, 3)]
    for n, many in ((10, 40), (40, 40), (300, 40), (2000, 40), (17_000, 10)):
        for _ in range(many):
            K, N = (int(n ** draw.uniform(0, 1)) for _ in range(2))
            spread = 1 + 6 * math.sqrt(N * K / n * (1 - K / n) * (1 - N / n))
            x = round(N * K / n + draw.normal() * spread)
            cases.append((min(max(x, 0), min(K, N)), n, K, N))
    cases += [(150, 17_000, 150, 160), (400, 2000, 500, 600), (16, 17_000, 16, 16), (70, 17_000, 5000, 120)]
    found = space.evaluate(
        "async (cases) => cases.map((case_) => loaded['space/hypergeometric.js'].upperTail(...case_))", cases
    )
    expected = [exact_tail(*case) for case in cases]
    assert min(expected) < 1e-250
    for case, p, true in zip(cases, found, expected):
        assert abs(Fraction(p) / true - 1) < 1e-12 if true > 1e-300 else p < 1e-299, case


def test_in_a_million_rows_p_is_still_that_of_the_formula(space):
    # All of ten drawn have a trait of a thousand: (1000)₁₀ / (10⁶)₁₀.
    p = space.evaluate("async () => loaded['space/hypergeometric.js'].upperTail(10, 1e6, 1000, 10)")
    true = math.prod(Fraction(1000 - i, 10**6 - i) for i in range(10))
    assert abs(Fraction(p) / true - 1) < 1e-12


def test_traits_by_hand(space):
    """A trait of 9 of 40 that 5 of 7 have, one that all have, and one of a single name, in two blocks."""
    starts = np.concatenate([[0], np.cumsum(np.full(40, 1))]).astype(np.int32)
    everywhere = {"starts": starts, "indices": np.zeros(40, dtype=np.int32), "labels": ["link: Novel"]}
    who = [[0, 1] if row == 0 else [0] if row < 9 else [] for row in range(40)]
    some = {
        "starts": np.cumsum([0, *map(len, who)]).astype(np.int32),
        "indices": np.array(sum(who, []), dtype=np.int32),
        "labels": ["genre: sea", "genre: </script>"],
    }
    rows = [0, 1, 2, 3, 4, 20, 21]
    found = enriched(space, [everywhere, some], 40, rows, level=1e9)
    assert [(one["trait"], one["count"]) for one in found] == [
        ("genre: sea", 5),
        ("genre: </script>", 1),
        ("link: Novel", 7),
    ]
    p = sum(math.comb(9, i) * math.comb(31, 7 - i) for i in (5, 6, 7)) / math.comb(40, 7)
    assert [one["p"] for one in found] == pytest.approx([p, 7 / 40, 1], rel=1e-12)
    assert found[0]["lift"] == pytest.approx(5 / 7 / (9 / 40)) and found[1]["share"] == pytest.approx(1 / 7)
    assert [one["trait"] for one in enriched(space, [everywhere, some], 40, rows)] == ["genre: sea"]
    assert enriched(space, [everywhere, some], 40, rows, top=0) == enriched(space, [], 40, rows) == []
    assert enriched(space, [everywhere, some], 40, []) == []


def test_of_equally_likely_traits_the_one_of_the_larger_lift_is_first(space):
    """A trait that all but one of 40 have, and one that all have: for 7 of them, among these that one, p is 1."""
    who = [[1] if row == 0 else [0, 1] for row in range(40)]
    block = {
        "starts": np.cumsum([0, *map(len, who)]).astype(np.int32),
        "indices": np.array(sum(who, []), dtype=np.int32),
        "labels": ["but one", "all"],
    }
    found = enriched(space, [block], 40, range(7), level=1e9)
    assert [(one["trait"], one["p"]) for one in found] == [("all", 1), ("but one", 1)]


@pytest.mark.parametrize("names", [1, 2])
def test_what_is_at_the_limit_is_not_decided_by_rounding(space, names):
    """m traits that just the names drawn have: p is 1 over the number of draws, which is also the level over k."""
    cases = list(itertools.product(range(4, 100, 8), (1, 2, 3, 5, 7)))
    found = space.evaluate(
        """async (cases, names) => cases.map(([n, m, draws]) => {
          const starts = Int32Array.from({ length: n + 1 }, (_, row) => m * Math.min(row, names));
          const indices = Int32Array.from({ length: m * names }, (_, i) => i % m);
          const block = { starts, indices, labels: Array.from({ length: m }, (_, trait) => `${trait}`) };
          const rows = Array.from({ length: names }, (_, row) => row), { overRepresented } = loaded["space/traits.js"];
          return [1, 1.000001].map((more) => overRepresented([block], n, rows, { level: m / draws * more }).length);
        })""",
        [[n, m, math.comb(n, names)] for n, m in cases],
        names,
    )
    assert found == [[0, m] for _, m in cases]
