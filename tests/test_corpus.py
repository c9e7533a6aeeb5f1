import sys
import unicodedata

import gensim.models
import numpy as np
import pytest

from embedviz.inputs.corpus import Corpus, tokenize

TEXT = """The cat sat on the mat.
The dog sat on the log!

On the mat the cat and the dog sat.
42
"""
SENTENCES = [tokenize(line) for line in TEXT.splitlines()]
CORPUS = Corpus.from_text(TEXT, min_count=2)


def test_words_are_lower_case_without_numbers_and_punctuation():
    text = "Don’t stop: the NATION's 2nd co-operation, \"naïve\" (O'Neill) — 'quoted' snake_case 1863"
    expected = "don't stop the nation's nd co operation naïve o'neill quoted snake case"
    assert tokenize(text) == expected.split()
    assert tokenize("") == tokenize("1790 — ...") == []


def test_the_vocabulary_is_what_gensim_counts():
    model = gensim.models.Word2Vec(min_count=2)
    model.build_vocab(SENTENCES)
    counts = {word: model.wv.get_vecattr(word, "count") for word in model.wv.key_to_index}
    assert dict(zip(CORPUS.words.tolist(), CORPUS.counts.tolist())) == counts
    assert CORPUS.words[0] == "the" and (np.diff(CORPUS.counts) <= 0).all()
    assert CORPUS.dropped == 2 and len(CORPUS.tokens) == CORPUS.counts.sum()  # log and and


def test_sentences_come_back_without_rare_words_and_without_empty_ones():
    expected = [[word for word in sentence if word in CORPUS] for sentence in SENTENCES if sentence]
    assert CORPUS.sentences() == expected == [CORPUS.sentence(i) for i in range(CORPUS.n_sentences)]
    assert CORPUS.n_sentences == 3 and repr(CORPUS) == "Corpus(19 tokens of 6 words in 3 sentences)"
    with pytest.raises(IndexError, match="sentence 3: there are 0 to 2"):
        CORPUS.sentence(3)
    again = Corpus.from_sentences(CORPUS.sentences(), min_count=1)
    assert np.array_equal(again.tokens, CORPUS.tokens) and np.array_equal(again.starts, CORPUS.starts)


def test_several_texts_are_one_corpus():
    assert Corpus.from_text(TEXT.splitlines(), 2).sentences() == CORPUS.sentences()


@pytest.mark.parametrize("sentences", [[], [[]], [[], []]])
def test_an_empty_corpus_is_refused(sentences):
    with pytest.raises(ValueError, match=f"the corpus is empty: no words in {len(sentences)} sentences"):
        Corpus.from_sentences(sentences)
    with pytest.raises(ValueError, match="the corpus is empty"):
        Corpus.from_text("\n 42 —\n")


def test_a_corpus_of_one_word_is_refused():
    with pytest.raises(
        ValueError, match=r"only one word is left, 'war' \(of 1, with min_count=5\).*nothing to tell it from"
    ):
        Corpus.from_text("war war war\nwar war war")
    with pytest.raises(ValueError, match=r"only one word is left, 'the' \(of 8, with min_count=5\)"):
        Corpus.from_text(TEXT)
    with pytest.raises(ValueError, match="none of 8 words occurs 50 times .*'the', 7.*lower min_count"):
        Corpus.from_text(TEXT, min_count=50)


def test_wrong_arguments():
    with pytest.raises(ValueError, match="min_count=0: it must be at least 1"):
        Corpus.from_text(TEXT, min_count=0)
    with pytest.raises(TypeError, match="a sentence is the string 'war and peace'"):
        Corpus.from_sentences(["war and peace"])
    for method in (CORPUS.windows, CORPUS.cooccurrence):
        with pytest.raises(ValueError, match="window=0: it must be at least 1"):
            method(0)
    with pytest.raises(ValueError, match="sample=-1: it must be a small share"):
        CORPUS.subsample(-1)


def test_an_unknown_word_is_answered_with_close_spellings():
    assert CORPUS.number("the") == 0 and "cat" in CORPUS and "cow" not in CORPUS and len(CORPUS) == 6
    with pytest.raises(KeyError, match="'Cat' is not in the vocabulary of 6 words .*did you mean 'cat'"):
        CORPUS.number("Cat")
    with pytest.raises(KeyError, match="'doog' is not.*did you mean 'dog'"):
        CORPUS.number("doog")
    with pytest.raises(KeyError, match=r"'xyzzy' is not in the vocabulary of 6 words \(rare words are left out\)\"?$"):
        CORPUS.number("xyzzy")


def test_files(tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())  # as Windows writes it
    assert Corpus.from_file(path, 2).sentences() == CORPUS.sentences()
    with pytest.raises(FileNotFoundError, match="no file .*nowhere.txt"):
        Corpus.from_file(tmp_path / "nowhere.txt")
    path.write_bytes(b"war\ncaf\xe9 au lait\n")
    with pytest.raises(
        ValueError, match=r"text.txt is not UTF-8: invalid continuation byte 0xe9 at byte 7 \(line 2\).*iconv"
    ):
        Corpus.from_file(path)


def test_subsampling_keeps_as_gensim_does():
    rng = np.random.default_rng(0)
    sentences = [[f"w{int(x)}" for x in 50 * rng.random(20) ** 4] for _ in range(1000)]
    corpus = Corpus.from_sentences(sentences, 1)
    model = gensim.models.Word2Vec(min_count=1, sample=0.01)
    model.build_vocab(sentences)
    theirs = [model.wv.get_vecattr(word, "sample_int") / (2**32 - 1) for word in corpus.words.tolist()]
    assert corpus.keep_probability(0.01) == pytest.approx(np.array(theirs), abs=1e-6)
    thin = corpus.subsample(0.01, seed=1)
    kept = np.bincount(thin.tokens, minlength=len(corpus)) / corpus.counts
    assert kept == pytest.approx(corpus.keep_probability(0.01), abs=0.12) and kept[0] < 0.5
    assert (
        np.array_equal(thin.counts, corpus.counts)
        and (np.diff(thin.starts) > 0).all()
        and thin.starts[-1] == len(thin.tokens)
    )
    assert np.array_equal(thin.tokens, corpus.subsample(0.01, seed=1).tokens)
    assert not np.array_equal(thin.tokens, corpus.subsample(0.01, seed=2).tokens)
    whole = corpus.subsample(0)
    assert np.array_equal(whole.tokens, corpus.tokens) and np.array_equal(whole.starts, corpus.starts)


def test_windows_of_one_word_are_those_of_all_where_it_stands():
    corpus = Corpus.from_sentences([["a", "b", "a", "c"], ["b"], ["c", "a"]], min_count=1)
    contexts, targets = corpus.windows(2)
    for word in range(3):
        own, same = corpus.windows(2, of=word)
        assert own.tolist() == contexts[targets == word].tolist() and set(same.tolist()) == {word}


@pytest.mark.parametrize("window", [1, 2, 30])
def test_windows_end_with_the_sentence(window):
    contexts, targets = CORPUS.windows(window)
    assert contexts.shape == (len(CORPUS.tokens), 2 * window) and np.array_equal(targets, CORPUS.tokens)
    rows = iter(contexts)
    for sentence in CORPUS.sentences():
        for i in range(len(sentence)):
            around = sentence[max(0, i - window) : i] + sentence[i + 1 : i + 1 + window]
            row = next(rows)
            assert CORPUS.words[row[row >= 0]].tolist() == around


def test_a_word_alone_in_its_sentence_sees_nobody():
    contexts, targets = Corpus.from_sentences([["war"], ["peace"], ["war", "peace"]], 1).windows(3)
    assert (contexts[:2] == -1).all() and (contexts[2:] >= 0).sum(1).tolist() == [1, 1]


def test_noise_is_the_three_quarter_power():
    expected = CORPUS.counts**0.75 / (CORPUS.counts**0.75).sum()
    assert CORPUS.noise() == pytest.approx(expected) and CORPUS.noise(0) == pytest.approx(np.full(6, 1 / 6))


@pytest.mark.parametrize("window", [1, 3, 50])
def test_cooccurrence_counts_pairs_in_windows(window):
    expected = np.zeros((6, 6))
    for sentence in CORPUS.sentences():
        for i, word in enumerate(sentence):
            for j, other in enumerate(sentence):
                if i != j and abs(i - j) <= window:
                    expected[CORPUS.number(word), CORPUS.number(other)] += (window + 1 - abs(i - j)) / window
    assert CORPUS.cooccurrence(window).toarray() == pytest.approx(expected)


@pytest.mark.parametrize(
    "text, words",
    [
        ("हिन्दी भाषा में किताबें", ["हिन्दी", "भाषा", "में", "किताबें"]),
        ("தமிழ் மொழி, বাংলা", ["தமிழ்", "மொழி", "বাংলা"]),
        ("สวัสดี ครับ", ["สวัสดี", "ครับ"]),
        ("שָׁלוֹם", ["שָׁלוֹם"]),
        ("مُحَمَّد می\u200cخواهم", ["مُحَمَّد", "می\u200cخواهم"]),
        ("क्\u200dया", ["क्\u200dया"]),
        ("cafe\u0301 au lait", ["café", "au", "lait"]),
        ("CAFÉ d’E\u0301te\u0301", ["café", "d'été"]),
        ("İstanbul’da", ["i\u0307stanbul'da"]),
        ("ὈΔΥΣΣΕΎΣ — Война и мир: 戦争と平和", ["ὀδυσσεύς", "война", "и", "мир", "戦争と平和"]),
        ("\u0301a 1\ufe0f\u20e3 x\u0301_y", ["a", "x\u0301", "y"]),  # a mark belongs to the letter before it
    ],
)
def test_words_of_all_scripts_are_whole(text, words):
    assert tokenize(text) == [unicodedata.normalize("NFC", word) for word in words]


def test_every_mark_of_unicode_stays_in_its_word():
    places = [place for place in range(sys.maxunicode + 1) if unicodedata.category(chr(place)).startswith("M")]
    words = [f"a{chr(place)}b" for place in places]
    apart = [unicodedata.normalize("NFC", word.lower()) for word in words]
    assert len(places) > 2000 and tokenize(" ".join(words)) == apart


def test_words_are_looked_up_in_any_spelling():
    corpus = Corpus.from_text("Le cafe\u0301 noir\nle café 1 noir\nले हिन्दी हिन्दी", min_count=2)
    assert sorted(corpus.words) == ["café", "le", "noir", "हिन्दी"]
    assert corpus.number("cafe\u0301") == corpus.number(" café ") and "cafe\u0301" in corpus and None not in corpus
    with pytest.raises(ValueError, match="a name is missing"):
        corpus.number(None)


def test_spellings_of_one_word_are_counted_together():
    corpus = Corpus.from_sentences([["café", "noir", 1], ["cafe\u0301", " noir", "1"]], min_count=2)
    assert dict(zip(corpus.words, corpus.counts)) == {"café": 2, "noir": 2, "1": 2} and corpus.dropped == 0
    assert corpus.sentences() == [["café", "noir", "1"]] * 2
    with pytest.raises(ValueError, match="names are missing"):
        Corpus.from_sentences([["a", None]], 1)


def test_one_long_word_does_not_make_the_others_long():
    corpus = Corpus.from_text(
        "x" * 50_000 + " " + " ".join(f"a{'b' * (i % 50)}c{'d' * (i // 50)}" for i in range(2000)), 1
    )
    assert corpus.words.dtype == object and corpus.words.nbytes < 100_000  # 400 MB as fixed-width text
    assert len(corpus.words[corpus.tokens[0]]) == 50_000 and corpus.number("x" * 50_000) == corpus.tokens[0]


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: CORPUS.subsample(seed=-1), "seed=-1: it must be a whole number from 0"),
        (lambda: CORPUS.subsample(seed=2**70), "seed=1180591620717411303424"),
        (lambda: CORPUS.subsample(np.nan), "sample=nan: it must be a small share"),
        (lambda: CORPUS.windows(2.5), "window=2.5: it must be at least 1, a whole number"),
        (lambda: Corpus.from_text(TEXT, 1.5), "min_count=1.5: it must be at least 1, a whole number"),
    ],
)
def test_numbers_that_cannot_be(call, message):
    with pytest.raises(ValueError, match=message):
        call()
