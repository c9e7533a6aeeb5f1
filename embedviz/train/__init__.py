"""Training: the loop, the optimizers, the fast trainer of words, and a recipe for each model of the chapters."""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "loop": ["History", "RowBatches", "Stop", "fit", "linear_decay"],
        "launch": ["run_on_processes"],
        "processes": ["ProcessLost", "joined"],
        "optimizers": ["RowAdagrad", "RowAdam"],
        "recipes": [
            "train_choice",
            "train_ladder",
            "train_logistic",
            "train_network",
            "train_softmax",
            "train_two_tower",
        ],
        "seeded_start": ["start_as_page"],
    },
)
