"""What an embedding is good for, as numbers on data that training has not seen, beside rivals that need no network."""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "ranking": [
            "ndcg_at_k",
            "ranking_scores",
            "ranks",
            "recall_at_k",
            "reciprocal_rank",
            "recommendation_scores",
            "sampled_scores",
            "top_items",
            "top_k_accuracy",
        ],
        "shared_labels": ["label_matrix", "neighbor_precision", "neighbor_scores", "scores_of_each"],
        "words": [
            "analogy_score",
            "evaluate",
            "found",
            "half",
            "judge",
            "plurals",
            "rarer_than",
            "similarity_score",
            "spearman",
        ],
        "comparison": [
            "PAIR_METHODS",
            "Seedless",
            "compare",
            "compare_recommenders",
            "spread",
            "train_koehrsen",
            "versus",
        ],
        "encoding_comparison": [
            "ABLATION",
            "ENCODING_METHODS",
            "LONG",
            "OTHER_MODELS",
            "EncodingMethod",
            "compare_encodings",
            "encoding_table",
        ],
        "intervals": ["Difference", "difference", "differences", "paired"],
        "parallel": ["get_ready", "run_all"],
        "probing": ["probe"],
    },
)
