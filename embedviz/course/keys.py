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
            typed = os.read(terminal, 1)  # the rest stays for the next call
            if typed in (b"", b"\x04"):  # Ctrl-D
                return END
            if typed in b"\r\n ":
                return ENTER
            if typed == b"\x1b":
                _pass_over_sequence(terminal)
            elif 0x20 < typed[0] < 0x7F:
                return typed.decode().lower()


def _pass_over_sequence(terminal: int) -> None:
    """What an arrow or a function key sends after Escape: "[" or "O", parameters, and a last letter."""
    import select

    waits = lambda: select.select([terminal], [], [], 0.05)[0]
    if waits() and os.read(terminal, 1) in (b"[", b"O"):
        while waits() and not 0x40 <= os.read(terminal, 1)[0] <= 0x7E:
            pass


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
