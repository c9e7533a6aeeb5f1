"""The settings of chapter 4's methods and rivals, each chosen from a grid on validation data that no table uses.

Validation for known users: the last fifth, by user and time, of the training ratings (80 % of all); for one moment for
all: the last fifth, by time, of what lies before the moment. The choice is the highest NDCG@20 (for ratings the lowest
RMSE). Cold start has no settings of its own. `test` is the same measure on the test data of the chapter, to see whether
the order holds; nothing is chosen by it. Losses of the ladder get 8 epochs at most, as the chapter trains them
while its reader waits. Popularity of the last days needs a large weight: the term all but decides. For the towers 2.4
and 5 are level, and for EASE 1 is the end of the grid, where it is level with popularity alone.

    python tests/benchmarks/tune_films.py
"""

from functools import partial

import numpy as np
import pandas as pd
import torch
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from torch.nn.functional import relu, softplus

from embedviz.datasets.film_facts import film_facts
from embedviz.datasets.films import load_films
from embedviz.datasets.movielens import load_movielens
from embedviz.inputs.features import Feature, film_features, user_features
from embedviz.inputs.pairs import UserFilms
from embedviz.inputs.splits import at_moment, by_user_time
from embedviz.measure import baselines
from embedviz.measure.ranking import recommendation_scores
from embedviz.models.pair import PairEmbedding
from embedviz.train.loop import RowBatches, fit
from embedviz.train.recipes import train_choice, train_two_tower

MOVIELENS = load_movielens()
WHOLE = UserFilms.from_ratings(MOVIELENS.ratings)
USERS = MOVIELENS.users.set_index("user", drop=False).loc[WHOLE.users]
FACTS = film_facts(MOVIELENS, load_films()).loc[WHOLE.films]
ONES = np.ones((len(WHOLE.users), 1))


def triplet(scores):
    return relu(1 - scores[:, :1] + scores[:, 1:]).mean()


def bpr(scores):
    return softplus(scores[:, 1:] - scores[:, :1]).mean()


def logistic(scores):
    return (softplus(-scores[:, 0]) + softplus(scores[:, 1:]).sum(1)).mean()


def softmax(scores):
    return (scores.logsumexp(1) - scores[:, 0]).mean()


def numbered(frames):
    return tuple(UserFilms.from_ratings(frame, like=WHOLE) for frame in frames)


def ids(names, pairs, side):
    known = set(names[np.unique(pairs.index[:, side])])
    return Feature.of("id", [name if name in known else None for name in names])


def in_batch(pairs, **settings):
    features = [ids(WHOLE.users, pairs, 0)], [ids(WHOLE.films, pairs, 1)]
    return train_two_tower(pairs, *features, **settings).vectors()


def towers(pairs, **settings):
    of_films = [ids(WHOLE.films, pairs, 1), *film_features(FACTS)]
    of_users = [ids(WHOLE.users, pairs, 0), *user_features(USERS)]
    return train_two_tower(pairs, of_users, of_films, of_films, **settings).vectors()


def counts_of_last(frame, days):
    last = frame[frame.time > frame.time.max() - pd.Timedelta(days=days)]
    return np.bincount(WHOLE.context_index.rows(last.film), minlength=len(WHOLE.films))


def shares_of_last(frame, pairs, days):
    """Smoothed with five ratings spread as those of all days."""
    counts, overall = counts_of_last(frame, days), pairs.context_frequency
    return (counts + 5 * overall) / (counts.sum() + 5)


def grid(**values):
    return pd.MultiIndex.from_product(values.values(), names=values).to_frame(index=False).to_dict("records")


class Table:
    """Prints each row as it comes, and what is chosen of each method."""

    def __init__(self, validation, test):
        self.data, self.rows = {"validation": validation, "test": test}, []

    def add(self, method, settings, train):
        """train(frame, pairs) → the two sides' vectors."""
        row = {"method": method, "settings": " ".join(f"{key}={value:g}" for key, value in settings.items())}
        for name, (frame, pairs, held_out) in self.data.items():
            scores = recommendation_scores(*train(frame, pairs), pairs, held_out)
            row |= {f"{name} {measure}": scores[measure] for measure in ("NDCG@20", "recall@20")}
        self.rows.append(row)
        print("  ".join(f"{v:.4f}" if isinstance(v, float) else f"{v:34}" for v in row.values()), flush=True)

    def chosen(self):
        table = pd.DataFrame(self.rows).sort_values("validation NDCG@20", ascending=False, kind="stable")
        return table.groupby("method", sort=False).head(1).sort_index()


def with_frame(split, frame):
    train, test = split(frame)
    return train, *numbered((train, test))


def one_moment():
    train, _ = at_moment(MOVIELENS.ratings, 0.2)
    table = Table(with_frame(partial(at_moment, share=0.2), train), with_frame(at_moment, MOVIELENS.ratings))
    table.add("popularity, all days", {}, lambda frame, pairs: baselines.popularity(pairs))
    for days in (3, 7, 14, 30, 60):
        table.add(
            "popularity",
            {"days": days},
            lambda frame, pairs, days=days: (ONES, shares_of_last(frame, pairs, days)[:, None]),
        )
    for days in (0, 14):

        def fallback(frame, pairs, days=days):
            users, weights = baselines.ease(pairs)
            share = shares_of_last(frame, pairs, days) if days else pairs.context_frequency
            known = np.asarray(pairs.matrix.sum(1))[:, None] > 0
            return np.where(known, users @ weights.T, share), np.eye(len(share))

        table.add("EASE, fallback: popularity", {"days": days}, fallback)
    for weight in (0.02, 0.05, 0.1, 0.2, 0.5, 1):

        def ease_and_days(frame, pairs, weight=weight):
            users, weights = baselines.ease(pairs)
            recent = np.log(shares_of_last(frame, pairs, 14) + 1e-5)
            return users @ weights.T + weight * recent, np.eye(len(recent))

        table.add("EASE + log popularity, 14 days", {"weight": weight}, ease_and_days)
    trained = {id(pairs): towers(pairs) for _, pairs, _ in table.data.values()}
    for weight in (0, 0.3, 0.6, 1.2, 2.4, 5):

        def towers_and_days(frame, pairs, weight=weight):
            users, films = trained[id(pairs)]
            recent = np.log(shares_of_last(frame, pairs, 14) + 1e-5)
            return np.hstack([users, ONES]), np.hstack([films, weight * recent[:, None]])

        table.add("towers + log popularity, 14 days", {"weight": weight}, towers_and_days)
    return table.chosen()


def known_users():
    train, _ = by_user_time(MOVIELENS.ratings, 0.2)
    table = Table(with_frame(by_user_time, train), with_frame(by_user_time, MOVIELENS.ratings))

    def tried(method, train, settings):
        for own in settings:
            table.add(method, own, lambda frame, pairs, own=own: train(pairs, **own))

    tried("EASE", baselines.ease, grid(l2=(50, 100, 200, 400)))
    tried("item-kNN", baselines.item_knn, grid(neighbors=(100, 200, 400, 800), shrink=(0, 10, 50)))
    tried("implicit ALS", baselines.als, grid(dim=(32, 64), alpha=(2, 5, 10), regularization=(1, 10, 30, 100)))
    steps = [{"epochs": epochs, "lr": lr} for epochs, lr in ((8, 0.005), (8, 0.01), (8, 0.02))]
    for loss in (logistic, bpr, triplet):
        tried(f"{loss.__name__}, 1 negative", partial(train_choice, loss=loss), steps)
    steps = [{"epochs": epochs, "lr": lr} for epochs, lr in ((4, 0.01), (8, 0.005), (8, 0.01))]
    for loss in (logistic, softmax):
        tried(f"{loss.__name__}, 20 negatives", partial(train_choice, loss=loss, negatives=20), steps)
    cosine = partial(train_choice, loss=softmax, negatives=20, similarity="cosine")
    tried("softmax, 20 negatives, cosine", cosine, grid(temperature=(0.1, 0.15, 0.2), epochs=(4, 8), lr=(0.01,)))
    tried("in batch", in_batch, grid(temperature=(0.1, 0.15, 0.2), lr=(0.01, 0.015), epochs=(4,)))
    tried("in batch, no logQ", partial(in_batch, log_q=False), grid(temperature=(0.15, 0.3, 0.5)))
    tried("in batch, refined logQ", partial(in_batch, refined=True), grid(temperature=(0.1, 0.15, 0.2)))
    tried("two towers", towers, grid(temperature=(0.1, 0.15, 0.2), history_dropout=(0.5, 0.8)))
    tried("two towers, hidden", partial(towers, hidden=128), grid(lr=(0.005, 0.01, 0.015)))
    return table.chosen()


def ratings_by_number():
    """RMSE of the ridge on two one-hots, and of the dot product on what that leaves over."""
    columns, rows, shape = ["user", "film"], [], (len(WHOLE.users), len(WHOLE.films))
    train, test = by_user_time(MOVIELENS.ratings, 0.2)
    data = {"validation": by_user_time(train, 0.2), "test": (train, test)}
    for alpha in (1, 2, 5, 10, 20):
        row = {"method": "user + film", "settings": f"alpha={alpha}"}
        for name, (own, held_out) in data.items():
            model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), Ridge(alpha=alpha))
            model.fit(own[columns], own.rating)
            row[name] = np.sqrt(((model.predict(held_out[columns]) - held_out.rating) ** 2).mean())
        rows.append(row)
    for settings in grid(dim=(4, 8, 16), epochs=(4, 8), lr=(0.005,)):
        row = {"method": "+ dot product, squared", "settings": str(settings)}
        for name, (own, held_out) in data.items():
            biases = make_pipeline(OneHotEncoder(handle_unknown="ignore"), Ridge(alpha=5))
            biases.fit(own[columns], own.rating)
            index = [torch.from_numpy(UserFilms.from_ratings(f, like=WHOLE).index) for f in (own, held_out)]
            left_over = torch.from_numpy((own.rating - biases.predict(own[columns])).to_numpy()).float()
            model = PairEmbedding(*shape, dim=settings["dim"], similarity="dot", init=0.1)
            batches = RowBatches(*index[0].unbind(1), left_over, batch_size=1024)

            def squared(model, user, film, y):
                return (model(user, film) - y).square().mean()

            fit(model, squared, batches, settings["epochs"], settings["lr"], progress=False)
            predicted = biases.predict(held_out[columns]) + model(*index[1].unbind(1)).detach().numpy()
            row[name] = np.sqrt(((predicted - held_out.rating) ** 2).mean())
        rows.append(row)
    return pd.DataFrame(rows).sort_values(["method", "validation"])


def main() -> None:
    with pd.option_context("display.width", 200, "display.max_colwidth", 60):
        for part in (one_moment, known_users, ratings_by_number):
            print(f"\n{part.__name__}", flush=True)
            print("\nchosen:", part().round(4).to_string(index=False), sep="\n", flush=True)


if __name__ == "__main__":
    main()
