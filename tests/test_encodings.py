import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import KFold
from sklearn.preprocessing import OneHotEncoder
from sklearn.preprocessing import TargetEncoder as Theirs

from embedviz.inputs.encodings import UNKNOWN, Categories, TargetEncoder, hash_buckets, label_values, one_hot

rng = np.random.default_rng(0)


def test_categories_are_sorted_and_the_unknown_one_comes_first():
    kinds = Categories.fit(["b", "a", None, "b", np.nan])
    assert kinds.names.tolist() == [UNKNOWN, "a", "b"] and len(kinds) == 3
    codes = kinds.codes(["b", "zzz", None, "a", np.nan, UNKNOWN])
    assert codes.tolist() == [2, 0, 0, 1, 0, 0] and codes.dtype == np.int64


def test_rare_categories_count_as_unknown():
    assert Categories.fit(["a", "b", "b"], min_count=2).names.tolist() == [UNKNOWN, "b"]
    assert Categories.fit(["a", "b"], min_count=2).codes(["a", "b"]).tolist() == [0, 0]


@pytest.mark.parametrize(
    "values", [pd.Series([3, 1, 3]), np.array([3, 1, 3]), pd.Series([3, 1, 3], dtype=object), pd.Categorical([3, 1, 3])]
)
def test_numbers_are_taken_as_their_text(values):
    kinds = Categories.fit(values)
    assert kinds.names.tolist() == [UNKNOWN, "1", "3"] and kinds.codes(values).tolist() == [2, 1, 2]


def test_one_category_and_none():
    assert Categories.fit(["a"] * 3).codes(["a", "b"]).tolist() == [1, 0]
    assert Categories.fit([None, np.nan]).names.tolist() == [UNKNOWN] and Categories.fit([None]).codes(
        ["a"]
    ).tolist() == [0]


def test_a_hundred_thousand_categories():
    names = np.array([f"N{i}" for i in range(100_000)])
    kinds = Categories.fit(names)
    codes = kinds.codes(names)
    assert len(kinds) == 100_001 and (kinds.names[codes] == names).all()
    assert TargetEncoder().fit(names, np.arange(100_000.0)).table.shape == (100_001,)
    with pytest.raises(ValueError, match=r"100,000 one-hot rows of 100,001 numbers take 40 GB: look the row up"):
        one_hot(codes, len(kinds))


def test_wrong_arguments():
    with pytest.raises(ValueError, match="min_count=0"):
        Categories.fit(["a"], min_count=0)
    with pytest.raises(ValueError, match="rename it"):
        Categories.fit([UNKNOWN])
    with pytest.raises(ValueError, match="codes run from 0 to 3: they must be between 0 and 2"):
        one_hot(np.array([0, 3]), 3)
    with pytest.raises(ValueError, match="n_buckets=0"):
        hash_buckets(["a"], 0)


def test_one_hot_is_that_of_sklearn():
    values = rng.choice(list("abcde"), 50)
    kinds = Categories.fit(values)
    theirs = OneHotEncoder(categories=[kinds.names], sparse_output=False).fit_transform(values[:, None])
    assert (one_hot(kinds.codes(values), len(kinds)) == theirs).all()


def test_a_lookup_is_one_hot_times_the_table_in_values_and_gradients():
    codes = torch.from_numpy(rng.integers(0, 7, 40))  # rows come several times, and some perhaps never
    codes[codes == 5] = 4
    table = torch.randn(7, 3, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(40, 3, dtype=torch.float64)
    looked_up, product = table[codes], torch.from_numpy(one_hot(codes, 7)).double() @ table
    assert torch.equal(looked_up, product)
    gradients = [torch.autograd.grad(((rows**2) * weights).sum(), table)[0] for rows in (looked_up, product)]
    torch.testing.assert_close(*gradients)
    assert (gradients[0][5] == 0).all() and (gradients[0][4] != 0).all()


def test_label_values_are_a_standardized_permutation():
    values = label_values(5, seed=3)
    assert values.shape == (5, 1) and values.dtype == np.float32
    assert values.mean() == pytest.approx(0, abs=1e-6) and values.std() == pytest.approx(1)
    assert np.allclose(np.diff(np.sort(values[:, 0])), np.diff(np.sort(values[:, 0]))[0])
    assert not np.array_equal(values, label_values(5, seed=4)) and (np.diff(label_values(5, None)[:, 0]) > 0).all()
    assert label_values(1).tolist() == [[0.0]]


def test_hashing_is_that_of_sklearn():
    names = [f"N{i}" for i in range(300)]
    buckets, signs = hash_buckets(names, 16)
    ours = one_hot(buckets, 16) * signs[:, None]
    assert (ours == FeatureHasher(16, input_type="string").transform([[name] for name in names]).toarray()).all()
    assert set(signs) == {-1, 1} and len(set(buckets)) == 16
    assert hash_buckets([None], 16)[0] == hash_buckets([UNKNOWN], 16)[0]


def test_target_encoding_by_hand():
    encoder = TargetEncoder(smoothing=2, folds=2).fit(["a", "a", "b", "b"], [1.0, 3.0, 10.0, 10.0])
    # (1 + 3 + 2 · 6) / (2 + 2) = 4, (20 + 2 · 6) / 4 = 8; an unknown one gets the mean, 6.
    assert encoder.transform(["a", "b", "c", None]).tolist() == [4, 8, 6, 6]


@pytest.mark.parametrize("smoothing", [0.5, 20.0])
def test_target_encoding_is_that_of_sklearn(smoothing):
    values, target = rng.choice(list("abcdefgh"), 500), rng.normal(size=500)
    theirs = Theirs(smooth=smoothing, target_type="continuous", cv=KFold(5, shuffle=True, random_state=3))
    ours = TargetEncoder(smoothing, seed=3)
    assert np.allclose(
        ours.fit_transform(values, target), theirs.fit_transform(values[:, None], target)[:, 0], atol=1e-6
    )
    new = np.array(["a", "h", "zzz"])
    assert np.allclose(ours.transform(new), theirs.transform(new[:, None])[:, 0], atol=1e-6)


def test_the_cross_fitted_encoding_does_not_leak_and_the_naive_one_does():
    held_out, in_training, naive = [], [], []
    for seed in range(5):
        draw = np.random.default_rng(seed)
        values, coin = draw.integers(0, 500, 2000), draw.integers(0, 2, 2000)
        new, new_coin = draw.integers(0, 500, 2000), draw.integers(0, 2, 2000)
        encoder = TargetEncoder(smoothing=1.0, seed=seed)
        encoded = encoder.fit_transform(values, coin)
        model = LogisticRegression().fit(encoded[:, None], coin)
        held_out.append(roc_auc_score(new_coin, model.decision_function(encoder.transform(new)[:, None])))
        in_training.append(roc_auc_score(coin, encoded))
        naive.append(roc_auc_score(coin, encoder.transform(values)))  # each row has seen its own target
    assert abs(np.mean(held_out) - 0.5) < 0.02 and abs(np.mean(in_training) - 0.5) < 0.05
    assert min(naive) > 0.7  # so the test can fail


def test_no_row_sees_its_own_target():
    values, target = np.repeat(list("abcd"), 10), rng.normal(size=40)
    before = TargetEncoder().fit_transform(values, target)
    target[7] += 1000
    after = TargetEncoder().fit_transform(values, target)
    assert after[7] == before[7] and (after != before).sum() > 20


def test_wrong_targets():
    for values, target, message in (
        (["a", "b"], [1.0], "2 values and a target of shape"),
        (["a"] * 6, [1, 2, 3, np.nan, 5, 6], "missing or infinite in 1 rows"),
        (["a"], [1.0], "1 rows cannot make 5 folds"),
    ):
        with pytest.raises(ValueError, match=message):
            TargetEncoder().fit(values, target)
    with pytest.raises(ValueError, match="folds=1"):
        TargetEncoder(folds=1)


def test_no_smoothing_and_a_category_that_one_fold_has_alone():
    encoded = TargetEncoder(smoothing=0.0, folds=2).fit_transform(["a", "b", "b", "b"], [100.0, 1.0, 2.0, 3.0])
    assert np.isfinite(encoded).all() and encoded[0] != 100


@pytest.mark.parametrize("values", [[1, 2, 3], [1.0, 2.0, 3.0], ["1", "2", "3"], pd.Series([1, 2, 3], dtype="Int64")])
@pytest.mark.parametrize(
    "later", [[1, 2, None], [1.0, 2.0, np.nan], ["1", " 2 ", None], pd.Series([1, 2, None], dtype="Int64")]
)
def test_one_value_has_one_number_however_it_is_written(values, later):
    assert Categories.fit(values).codes(later).tolist() == [1, 2, 0]
    encoder = TargetEncoder(smoothing=0, folds=3).fit(values, [10.0, 20.0, 60.0])
    assert encoder.transform(later).tolist() == [10, 20, 30]
    for ours, theirs in zip(hash_buckets(values, 1000), hash_buckets([1, "2", 3.0], 1000)):
        assert np.array_equal(ours, theirs)


def test_spellings_of_one_text_are_one_category():
    kinds = Categories.fit(["café", "cafe\u0301", " café", "b"], min_count=3)
    assert kinds.names.tolist() == [UNKNOWN, "café"] and kinds.codes(["cafe\u0301", "b"]).tolist() == [1, 0]
    with pytest.raises(ValueError, match="rename it"):
        Categories.fit([f" {UNKNOWN} "])


def test_one_long_category_does_not_make_the_others_long():
    kinds = Categories.fit(["x" * 50_000, *map(str, range(2_000))])
    assert kinds.names.dtype == object and kinds.names.nbytes < 100_000  # 400 MB as fixed-width text
    assert kinds.codes(["x" * 50_000]).tolist() == [2001]


def test_a_text_is_no_column_and_a_list_no_value():
    for call in (Categories.fit, Categories.fit(["a"]).codes, lambda values: hash_buckets(values, 4)):
        with pytest.raises(TypeError, match="'abc' is one name"):
            call("abc")
        with pytest.raises(TypeError, match="a list is no name"):
            call([["a"], ["b"]])


@pytest.mark.parametrize("arguments", [{"seed": -1}, {"seed": 2**40}, {"folds": 2.5}, {"smoothing": np.nan}])
def test_settings_of_a_target_encoder_that_cannot_be(arguments):
    with pytest.raises(ValueError, match=f"{next(iter(arguments))}=.*: it must be"):
        TargetEncoder(**arguments)


def test_new_rows_can_get_the_average_of_the_fold_tables():
    values, target = rng.integers(0, 9, 300), rng.normal(size=300)
    usual, folds = (TargetEncoder(20.0, new_rows=how).fit(values, target) for how in ("all", "folds"))
    np.testing.assert_allclose(folds.transform(values), usual.fold_tables.mean(axis=0)[usual.categories.codes(values)])
    np.testing.assert_array_equal(folds.fit_transform(values, target), usual.fit_transform(values, target))
    # The training rows' encodings are drawn in further than those of new rows from all rows.
    assert np.std(folds.transform(values)) < np.std(usual.transform(values))
    with pytest.raises(ValueError, match="new_rows='some'"):
        TargetEncoder(new_rows="some")
