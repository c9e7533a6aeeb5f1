"""The user's progress: reviews of cards, slips, exercises, predictions, kept in one SQLite file.

| module | what it decides |
|---|---|
| `records` | what is handed out: a review, a slip, a prediction; and the errors |
| `store` | how the file is opened, written and kept from harm |
| `schedule` | when a card is asked again, and how an interview's date bends that |
| `user_ledger` | what can be noted and asked: `Ledger`, and `ledger()`, which finds the user's own |
"""

from embedviz.course.progress.records import MadeSlip, Prediction, ProgressError, ProgressWarning, Review
from embedviz.course.progress.user_ledger import Ledger, ledger

__all__ = ["Ledger", "MadeSlip", "Prediction", "ProgressError", "ProgressWarning", "Review", "ledger"]
