"""The space that training has made: its table, neighbors, maps and what they distort, clusters, epochs, indexes."""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "table": ["EmbeddingTable"],
        "neighbors": ["nearest", "top_k"],
        "projection": ["direction", "pca", "umap"],
        "umap_worker": ["background_umap", "warm_up"],
        "epochs": ["Snapshots", "aligned_maps"],
        "distortion": ["faithfulness", "trust_and_continuity"],
        "enrichment": ["Traits", "over_represented"],
        "indexes": ["fastest", "measure_indexes", "synthetic_vectors"],
        "index_bytes": ["INDEX_SIZES", "index_size", "size_table"],
        "index_structure": ["HnswGraph", "InvertedLists", "build_hnsw", "build_ivf", "grid_step", "on_grid"],
        "index_steps": ["exact_neighbors", "hnsw_steps", "ivf_steps"],
    },
)
