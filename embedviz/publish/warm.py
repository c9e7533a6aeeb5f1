"""What a computer does but once, done while an image is built: `python -m embedviz.publish.warm`, see `postBuild`.

numba compiles what UMAP needs (a minute on a slow machine) and keeps it, matplotlib lists the fonts. Then the first
cell of a student waits for none of it. Data are fetched before, by `embedviz fetch`.
"""

import sys

import numpy as np


def warm() -> None:
    """Compile and list what is kept for the next process; nothing is downloaded, nothing of the user's is touched."""
    from matplotlib import font_manager

    from embedviz.space.projection import umap

    font_manager.fontManager.findfont("DejaVu Sans")
    vectors = np.random.default_rng(0).normal(size=(60, 8)).astype(np.float32)
    for dim in (2, 3):
        umap(vectors, dim=dim, n_neighbors=10, n_epochs=5, cache=False)


if __name__ == "__main__":
    warm()
    from embedviz.course import doctor

    sys.exit(doctor.main([]))  # an image in which something is missing is none
