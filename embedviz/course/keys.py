"""Single keys from a terminal; whole lines where there is none."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

ENTER = " "  # space, Enter and an empty line
END = ""  # the input has ended


def key() -> str:
    """The next key, in lower case: `ENTER`, `END`, or a character; from a pipe, the first character of a line.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip()[:1].lower() or (ENTER if line else END)
    return _windows_key() if sys.platform == "win32" else _posix_key()


def _posix_key() -> str:
    with _single_keys(sys.stdin.fileno()) as terminal:
        while True:
            typed = os.read(terminal, 64).decode(errors="ignore")
            if typed in ("", "\x04"):  # Ctrl-D
                return END
            if typed[0] in "\r\n ":
                return ENTER
            if typed[0].isprintable():  # an arrow is several characters, the first of them Escape
                return typed[0].lower()


@contextmanager
def _single_keys(terminal: int) -> Iterator[int]:
    """Hand over each key at once and do not show it, until the end; Ctrl-C still interrupts."""
    import termios
    import tty

    before = termios.tcgetattr(terminal)
    try:
        tty.setcbreak(terminal, termios.TCSADRAIN)  # what was typed ahead stays
        yield terminal
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _windows_key() -> str:
    import msvcrt

    while True:
        typed = msvcrt.getwch()
        if typed in ("\x00", "\xe0"):  # an arrow: its second character says which
            msvcrt.getwch()
        elif typed == "\x03":
            raise KeyboardInterrupt
        elif typed in ("\x04", "\x1a"):
            return END
        elif typed in "\r\n ":
            return ENTER
        elif typed.isprintable():
            return typed.lower()
