"""`TrainingCurve`: a picture of the training that is drawn again after each epoch."""

from IPython import get_ipython
from IPython.display import display

from embedviz.widgets import still


class TrainingCurve:
    """A callback for `training.fit` that draws loss and validation after each epoch, in one output of the cell.

    Each drawing is a whole picture that replaces the one before, so the saved notebook holds the last.

    Args:
        loss_label: name and unit of the loss.
    """

    def __init__(self, loss_label: str = "training loss (nats)"):
        self.loss_label, self.figure, self._handle = loss_label, None, None

    def __call__(self, model, history) -> None:
        self.figure = still.curve_figure(history.frame, self.loss_label)
        if get_ipython() is None:  # a script has nowhere to show it
            return
        shown = history.frame.drop(columns="seconds", errors="ignore").iloc[-1]
        values = ", ".join(f"{key} {value:.3f}" for key, value in shown.items())
        data, metadata = still.png_bundle(self.figure, f"Training curve after {history.epochs} epochs: {values}.")
        if self._handle is None or history.epochs == 1:  # a run that starts anew gets a picture of its own
            self._handle = display(data, metadata=metadata, raw=True, display_id=True)
        else:
            self._handle.update(data, metadata=metadata, raw=True)
