"""What a benchmark has measured, for the table of `embedviz bench`: `from results import record`.

A script prints what it likes; beside that it records its main figures. Run alone, the records go nowhere.
"""

import json
import os
from dataclasses import asdict, dataclass

PLACE = "EMBEDVIZ_BENCH"  # the file that `run.py` gives a script for its records


@dataclass(frozen=True)
class Record:
    """One line of the table.

    Attributes:
        what: was measured, with its size: "UMAP of 17,472 films, the first in a process".
        value, unit: of ours; the unit as "s", "tokens/CPU-s", "MB".
        peer, of_peer: who has done the same in the same run, and its value in the same unit; "" and None: nobody.
        goal: as "≤ 0.3" or "≥ 8", of the ratio ours : peer, or of the value where there is no peer; "": none.
    """

    what: str
    value: float
    unit: str
    peer: str = ""
    of_peer: float | None = None
    goal: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's."""
        return None if self.of_peer is None else self.value / self.of_peer

    @property
    def reached(self) -> bool | None:
        """Whether the goal is; None without a goal."""
        if not self.goal:
            return None
        sign, number = self.goal.split()
        found = self.value if self.ratio is None else self.ratio
        return found <= float(number) if sign == "≤" else found >= float(number)


def record(what: str, value: float, unit: str, peer: str = "", of_peer: float | None = None, goal: str = "") -> None:
    """Add a line to the table, see `Record`; numbers of NumPy are welcome.

    Raises:
        ValueError: a peer without a value or the other way round, or a goal that is neither "≤ …" nor "≥ …".
    """
    if bool(peer) != (of_peer is not None):
        raise ValueError(f"{what}: peer={peer!r} and of_peer={of_peer!r}: both are needed, or none")
    if goal and goal.split()[0] not in ("≤", "≥"):
        raise ValueError(f"{what}: goal={goal!r}: it must begin with ≤ or ≥")
    made = Record(what, float(value), unit, peer, None if of_peer is None else float(of_peer), goal)
    if path := os.environ.get(PLACE):
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(made), ensure_ascii=False) + "\n")
