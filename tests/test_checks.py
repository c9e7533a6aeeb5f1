import pytest
import torch

from embedviz.checks import check_sampled_softmax
from embedviz.losses import sampled_softmax_loss
from embedviz.notebook import source_without_docstring


def right(scores, log_q, temperature):
    logits = scores / temperature - log_q
    return (torch.logsumexp(logits, 1) - logits.diagonal()).mean()


def test_a_right_answer_passes(capsys):
    check_sampled_softmax(right)
    assert "✓ right" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda s, q, t: -right(s, q, t), "sign"),
        (lambda s, q, t: 5 * right(s, q, t), "mean"),
        (lambda s, q, t: right(s, q, 1.0), "temperature has no effect"),
        (lambda s, q, t: right(s, q, 1 / t), "multiply"),
        (lambda s, q, t: right(s, 0 * q, t), "log q has no effect"),
        (lambda s, q, t: right(s, -q, t), "subtract"),
        (lambda s, q, t: right(s, q[:, None], t), "cancels"),
        (lambda s, q, t: right(s.T, q[:, None], t), "dim=1"),
        (lambda s, q, t: right(s - q, 0 * q, t), "after the temperature"),
        (lambda s, q, t: -torch.softmax(s / t - q, 1).diagonal().mean(), "logarithm"),
        (lambda s, q, t: right(s, q, t) + 1, "compare with the formula"),
        (lambda s, q, t: s, "one number"),
        (lambda s, q, t: None, "one number"),
    ],
)
def test_a_slip_is_named(wrong, message):
    with pytest.raises(AssertionError, match=message):
        check_sampled_softmax(wrong)


def test_source_is_shown_as_it_runs_without_the_docstring():
    shown = source_without_docstring(sampled_softmax_loss)
    assert shown.startswith("def sampled_softmax_loss(") and '"""' not in shown and "F.cross_entropy" in shown
    compile(shown, "shown", "exec")
