"""What is looked at and played with: each widget in a module of its own, on parts that all share."""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "explorer": ["explore"],
        "linked_maps": ["compare_maps"],
        "training": ["live_training"],
        "page_training": ["train_in_page"],
        "training_curve": ["TrainingCurve"],
        "encodings": ["encoding_lab"],
        "airports": ["airport_map"],
        "window": ["explore_window"],
        "retrieval": ["explore_retrieval"],
        "index_tradeoff": ["explore_indexes"],
        "index_microscope": ["explore_search"],
    },
)
