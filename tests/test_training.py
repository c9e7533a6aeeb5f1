import numpy as np
import pytest
import torch

from embedviz.inputs.pairs import PairBatches, Pairs
from embedviz.models.losses import logistic_loss, sampled_softmax_loss
from embedviz.models.pair import PairEmbedding
from embedviz.train.loop import History, RowBatches, fit, linear_decay
from embedviz.train.recipes import train_choice, train_logistic, train_softmax

# Two groups of items, each with its own contexts: what a trained model must tell apart.
GROUPS = np.array([(i, c) for i in range(20) for c in range(12) if i % 2 == c % 2])
PAIRS = Pairs(np.arange(20).astype(str), np.arange(12).astype(str), GROUPS)


def softmax(model, items, contexts):
    return sampled_softmax_loss(model.all_scores(items, contexts), contexts)


def logistic(model, items, contexts, labels):
    return logistic_loss(model(items, contexts), labels)


def new_model(**kwargs):
    return PairEmbedding(20, 12, dim=8, **kwargs)


def run(model=None, epochs=4, loss=softmax, negatives=0, **kwargs):
    model = model or new_model()
    options = {"lr": 0.05, "progress": False, "device": "cpu"} | kwargs
    return model, fit(model, loss, PairBatches(PAIRS, 32, negatives=negatives), epochs, **options)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("loss, negatives, similarity", [(softmax, 0, "cosine"), (logistic, 3, "dot")])
def test_training_tells_the_groups_apart(loss, negatives, similarity):
    model, history = run(new_model(similarity=similarity), epochs=30, loss=loss, negatives=negatives)
    scores = model.all_scores(torch.arange(20), torch.arange(12)).detach().numpy()
    same = PAIRS.matrix.toarray() == 1
    assert scores[same].min() > scores[~same].max()
    assert history.rows[-1]["loss"] < 0.7 * history.rows[0]["loss"] and history.frame.index.tolist() == list(
        range(1, 31)
    )


def test_same_seed_same_table_other_seed_another():
    first, second, other = (weights(run(seed=seed)[0]) for seed in (0, 0, 1))
    assert torch.allclose(first, second, atol=1e-6) and not torch.allclose(first, other, atol=1e-3)


def test_a_run_stopped_and_resumed_equals_one_that_was_not():
    whole, _ = run(epochs=4)
    model, history = run(epochs=2)
    resumed, history = run(model, epochs=4, history=history)
    assert history.epochs == 4 and torch.allclose(weights(whole), weights(resumed), atol=1e-6)


def test_training_leaves_unused_rows_alone():
    half = PAIRS.take(PAIRS.index[:, 0] < 10)
    model = new_model()
    before = model.items.weight.detach().clone()
    fit(model, softmax, PairBatches(half, 32), 3, progress=False, device="cpu")
    moved = (model.items.weight.detach() != before).any(1)
    assert moved[:10].all() and not moved[10:].any()


def test_keyboard_interrupt_keeps_the_training_done_so_far(capsys):
    steps = []

    def stop_in_the_third_epoch(model, items, contexts):
        steps.append(1)
        if len(steps) == 10:  # 4 batches an epoch
            raise KeyboardInterrupt
        return softmax(model, items, contexts)

    model, history = run(epochs=9, loss=stop_in_the_third_epoch)
    two_epochs, _ = run(epochs=2)
    assert history.interrupted and history.epochs == 2 and not torch.equal(weights(model), weights(two_epochs))
    assert "after 2 whole epochs" in capsys.readouterr().out
    _, history = run(model, epochs=3, history=history)
    assert history.epochs == 3 and not history.interrupted


def test_a_callback_stops_the_training():
    _, history = run(epochs=9, callbacks=[lambda model, history: history.epochs == 3])
    assert history.epochs == 3 and history.interrupted


def test_validation_joins_the_rows_without_gradients_in_eval_mode():
    seen = []

    def validate(model):
        seen.append((model.training, torch.is_grad_enabled()))
        return {"answer": 42.0}

    _, history = run(epochs=2, validate=validate)
    assert seen == [(False, False)] * 2 and (history.frame["answer"] == 42).all()


def test_the_learning_rate_can_be_changed_between_epochs():
    def cool(model, history):
        history.set_lr(0.0)

    cooled, _ = run(epochs=3, callbacks=[cool])
    one_epoch, _ = run(epochs=1)
    assert torch.allclose(weights(cooled), weights(one_epoch), atol=1e-6)


def test_a_loss_that_is_not_finite_stops_before_it_spoils_the_weights():
    def overflow(model, items, contexts):
        return softmax(model, items, contexts) * float("inf")

    model = new_model()
    before = weights(model).clone()
    with pytest.raises(ValueError, match="the loss is inf at epoch 1, step 1.*0.05"):
        run(model, loss=overflow)
    assert torch.equal(weights(model), before)


def test_threads_are_given_back_even_after_an_error():
    before, seen = torch.get_num_threads(), []

    def watch(model, items, contexts):
        seen.append(torch.get_num_threads())
        raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        run(loss=watch, threads=before + 1)
    assert seen == [before + 1] and torch.get_num_threads() == before


def test_epochs_must_be_positive_and_dense_models_train_too():
    with pytest.raises(ValueError, match="epochs=0"):
        run(epochs=0)
    assert History().frame.empty
    dense = torch.nn.Linear(2, 1)
    x = torch.randn(64, 2, generator=torch.Generator().manual_seed(0))
    y = x @ torch.tensor([[2.0], [-1.0]])

    class Batches:
        def __len__(self):
            return 1

        def epoch(self, generator):
            yield x, y

    fit(dense, lambda model, x, y: ((model(x) - y) ** 2).mean(), Batches(), 400, lr=0.05, progress=False, device="cpu")
    assert dense.weight.detach().flatten().tolist() == pytest.approx([2, -1], abs=0.01)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_cuda_trains_as_the_cpu_does():
    cpu, _ = run(epochs=3)
    cuda, _ = run(epochs=3, device="cuda")
    assert torch.allclose(weights(cpu), weights(cuda).cpu(), atol=1e-3)


def test_row_batches_hold_each_row_once():
    batches = RowBatches(torch.arange(10)[:, None], torch.zeros(10, 0), torch.arange(10.0), batch_size=4)
    rows = list(batches.epoch(torch.Generator().manual_seed(0)))
    assert len(batches) == len(rows) == 3 and sorted(torch.cat([target for *_, target in rows]).tolist()) == list(
        range(10)
    )
    assert all((codes[:, 0] == target).all() for codes, _, target in rows)


def test_the_learning_rate_falls_in_equal_steps():
    rates = []
    model = torch.nn.Linear(1, 1)
    look = lambda model, history: rates.append(history.optimizers[0].param_groups[0]["lr"])  # noqa: E731
    batches = RowBatches(torch.ones(4, 1), batch_size=2)
    fit(
        model,
        lambda model, x: model(x).sum() ** 2,
        batches,
        4,
        lr=0.4,
        callbacks=[linear_decay(0.4, 4), look],
        progress=False,
    )
    assert rates == pytest.approx([0.3, 0.2, 0.1, 0.1])  # each holds from the next epoch on


@pytest.mark.parametrize("rate", [float("nan"), float("inf"), -0.1])
def test_a_callback_cannot_set_a_learning_rate_that_cannot_be(rate):
    with pytest.raises(ValueError, match=f"lr={rate}"):
        run(callbacks=[lambda model, history: history.set_lr(rate)])


def test_callbacks_may_be_any_iterable_and_are_told_of_every_epoch():
    told = []
    run(epochs=3, callbacks=(callback for callback in [lambda model, history: told.append(history.epochs)]))
    assert told == [1, 2, 3]


def test_batches_of_nothing_are_an_error():
    nothing = RowBatches(torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64))
    with pytest.raises(ValueError, match="no batches: there is nothing to train on"):
        fit(new_model(), softmax, nothing, progress=False)

    class Once:
        """Batches that are used up."""

        def __init__(self):
            self.left = iter(PairBatches(PAIRS, 32).epoch(torch.Generator()))

        def __len__(self):
            return 4

        def epoch(self, generator):
            yield from self.left

    with pytest.raises(ValueError, match="epoch 2 has no batches: Once.epoch must yield them each time"):
        fit(new_model(), softmax, Once(), progress=False)


@pytest.mark.parametrize("recipe", [train_logistic, train_softmax])
def test_a_recipe_without_pairs_is_an_error(recipe):
    with pytest.raises(ValueError, match="no pairs: there is nothing to train on"):
        recipe(PAIRS.take(np.zeros(len(PAIRS), dtype=bool)))


def test_row_batches_that_cannot_be():
    with pytest.raises(ValueError, match=r"tensors of \[3, 2\] rows"):
        RowBatches(torch.zeros(3), torch.zeros(2))
    with pytest.raises(ValueError, match="at least one"):
        RowBatches()
    with pytest.raises(ValueError, match="batch_size=0"):
        RowBatches(torch.zeros(3), batch_size=0)


def test_who_goes_on_after_a_recipes_last_epoch_still_learns():
    """The learning rate of the last epoch stays; at 0, going on would change nothing."""
    _, history = run(epochs=2, callbacks=[linear_decay(0.05, 2)])
    assert history.lr == pytest.approx(0.025)


@pytest.mark.parametrize("negatives", [1, 10])  # one for each way to look up the scores
def test_a_choice_learns_which_context_is_an_items_own(negatives):
    own = np.array([(i, c) for i in range(20) for c in range(12) if i % 2 == c % 2])
    pairs = Pairs(np.arange(20).astype(str), np.arange(12).astype(str), own)
    seen = []

    def softmax(scores):
        seen.append(scores.shape[1])
        return (scores.logsumexp(1) - scores[:, 0]).mean()

    u, v = train_choice(pairs, loss=softmax, negatives=negatives, dim=8, epochs=30, batch_size=16, lr=0.05)
    scores, true = u @ v.T, pairs.matrix.toarray() > 0
    assert set(seen) == {1 + negatives} and scores[true].min() > scores[~true].max()
    with pytest.raises(ValueError, match="negatives"):
        train_choice(pairs, loss=softmax, negatives=0)
