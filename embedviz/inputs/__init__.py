"""From data to what a model is fed: pairs and batches, splits, a corpus of words, encodings, features, a task."""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "pairs": ["PairBatches", "Pairs", "UserFilms"],
        "seeded": ["SeededBatches", "SeededNumbers"],
        "splits": ["at_moment", "at_random", "by_user_time", "cold_items"],
        "corpus": ["Corpus", "tokenize"],
        "encodings": ["Categories", "TargetEncoder", "hash_buckets", "label_values", "one_hot"],
        "features": ["Feature", "film_features", "user_features"],
        "tasks": ["Task", "flights_task", "score"],
    },
)
