"""CBOW with negative sampling: our trainer against gensim's C code, in tokens per CPU-second and in what the vectors
know.

Both see the same corpus (the speeches), vocabulary, window, negatives, dimension, subsampling and number of epochs, and
each has the learning rate that suits it. gensim trains with one worker. Processor time counts all threads of the
process: gensim feeds its worker from a second thread. Runs are interleaved; printed are the rates of each pair of runs,
their ratio, and Spearman's correlation with WordSim-353 and SimLex-999, and the share of the Google analogies, of both,
and of gensim on shuffled sentences: ours shuffles passages of 20 sentences, gensim reads in order, and sentences that
stand together may help both (of the three tests, only SimLex-999 says so; draw its pairs
anew before you believe it).

    python tests/benchmarks/bench_word2vec.py [pairs of runs]
"""

import random
import statistics
import sys
import time

import pandas as pd
from gensim.models import Word2Vec
from results import record

from embedviz.datasets.texts import load_speeches
from embedviz.datasets.word_similarity import load_word_similarity
from embedviz.inputs.corpus import Corpus
from embedviz.measure.words import evaluate
from embedviz.models.word2vec import CBOW
from embedviz.space.table import EmbeddingTable
from embedviz.train import fast_word2vec

DIM, WINDOW, NEGATIVES, SAMPLE, EPOCHS = 100, 5, 5, 1e-3, 5
OUR_LR, GENSIM_ALPHA = 0.3, 0.05


def ours(corpus, seed):
    model, start = CBOW(len(corpus), DIM, seed), time.process_time()
    settings = {"window": WINDOW, "negatives": NEGATIVES, "sample": SAMPLE, "lr": OUR_LR}
    fast_word2vec.fit(model, corpus, EPOCHS, seed=seed, device="cpu", progress=False, **settings)
    return EmbeddingTable(corpus.words, model.inputs.weight), time.process_time() - start


def gensims(corpus, seed, shuffled=False):
    sentences = corpus.sentences()
    if shuffled:
        random.Random(seed).shuffle(sentences)
    model = Word2Vec(
        vector_size=DIM,
        window=WINDOW,
        negative=NEGATIVES,
        sample=SAMPLE,
        alpha=GENSIM_ALPHA,
        min_count=1,
        seed=seed,
        workers=1,
    )
    model.build_vocab(sentences)  # counting and numbering the words is not in either time
    start = time.process_time()
    model.train(sentences, total_examples=corpus.n_sentences, epochs=EPOCHS)
    return EmbeddingTable(model.wv.index_to_key, model.wv.vectors), time.process_time() - start


def main(runs="12"):
    corpus, tests = Corpus.from_text(load_speeches().speeches.text, min_count=5), load_word_similarity()
    print(f"{corpus}; {DIM} dimensions, window {WINDOW}, {NEGATIVES} negatives, {EPOCHS} epochs")
    ratios, rates, scores = [], [], {"gensim": [], "gensim, shuffled": [], "ours": []}
    for seed in range(int(runs)):
        rate = {}
        for name, way in (("gensim", gensims), ("ours", ours))[:: 1 if seed % 2 else -1]:
            table, seconds = way(corpus, seed)
            rate[name] = EPOCHS * len(corpus.tokens) / seconds
            scores[name].append(evaluate(table, tests).score)
        scores["gensim, shuffled"].append(evaluate(gensims(corpus, seed, shuffled=True)[0], tests).score)
        ratios.append(rate["ours"] / rate["gensim"])
        rates.append(rate)
        print(
            f"seed {seed}: gensim {rate['gensim']:,.0f} tokens/s, ours {rate['ours']:,.0f}, ratio {ratios[-1]:.2f}; "
            f"WordSim-353 {scores['gensim'][-1]['WordSim-353']:.3f} and {scores['ours'][-1]['WordSim-353']:.3f}",
            flush=True,
        )
    print(f"median ratio {statistics.median(ratios):.2f} (goal ≥ 0.9)")
    medians = {name: statistics.median(rate[name] for rate in rates) for name in ("ours", "gensim")}
    record(f"CBOW on {corpus}", medians["ours"], "tokens/CPU-s", "gensim", medians["gensim"], "≥ 0.9")
    for name, own in scores.items():
        own = pd.DataFrame(own)
        spread = own.std().fillna(0)
        if name != "ours":
            for test in own:
                record(f"CBOW: {test}", pd.DataFrame(scores["ours"])[test].mean(), "", name, own[test].mean())
        print(f"{name}: " + ", ".join(f"{test} {own[test].mean():.3f} ± {spread[test]:.3f}" for test in own))


if __name__ == "__main__":
    main(*sys.argv[1:])
