"""What chapters show: source code as it runs."""

from embedviz.course.notebook import source_without_docstring
from embedviz.models.losses import sampled_softmax_loss


def test_source_is_shown_as_it_runs_without_the_docstring():
    shown = source_without_docstring(sampled_softmax_loss)
    assert shown.startswith("def sampled_softmax_loss(") and '"""' not in shown and "F.cross_entropy" in shown
    compile(shown, "shown", "exec")
