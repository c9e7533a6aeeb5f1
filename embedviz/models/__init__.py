"""What is trained: the models, their losses, and the gradients of word2vec by hand (`models.gradients`)."""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "pair": ["PairEmbedding"],
        "word2vec": ["CBOW", "SkipGram"],
        "two_tower": ["Tower", "TwoTower"],
        "tabular": ["ENCODINGS", "ColumnInput", "TabularNet", "encode_column", "predict"],
        "gather": ["GATHERS", "gather", "rank_and_size"],
        "sharded": ["ShardedEmbedding"],
        "losses": ["InBatchSoftmax", "logistic_loss", "sampled_softmax_loss", "squared_loss"],
    },
)
