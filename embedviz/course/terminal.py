"""`embedviz drill`: the cards in a terminal, and what is done with progress there."""

import argparse
import shutil
import sys
import warnings
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from embedviz.course import keys
from embedviz.course.drills import CARDS, SECTIONS, Card
from embedviz.course.drills.numbers import shown
from embedviz.course.plain_text import plain_text
from embedviz.course.progress import Ledger, ProgressError, ProgressWarning, Review
from embedviz.course.progress.records import GRADES
from embedviz.course.progress.store import default_path
from embedviz.course.review import Session

WIDTH = 80  # columns at most: longer lines are hard to read
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 done, 1 it failed, 2 it was not understood."""
    options = _parser().parse_args(arguments)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a terminal without "∑" shows "?" and goes on
    try:
        ledger = _opened()
        return _run(ledger, options)
    except (ProgressError, OSError, ValueError) as error:
        print(f"embedviz: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe end; what you have graded is kept.")
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="embedviz drill",
        description="Be asked what interviews ask about embeddings. A card comes back when you are about to forget it. "
        "Keys: space shows the answer, 1 to 4 grade it, s skips, u takes a grade back, q ends.",
    )
    parser.add_argument("--topic", type=_topic, metavar="T", help=f"a topic, or a section: {', '.join(SECTIONS)}")
    parser.add_argument("--limit", type=_number, metavar="N", help="at most so many cards now")
    parser.add_argument("--daily", type=_number, metavar="N", help="set how many new cards come each day")
    parser.add_argument(
        "--interview",
        type=_day,
        metavar="DAY",
        help="set the day to prepare for: 2026-12-04, friday, tomorrow, or none",
    )
    parser.add_argument("--stats", action="store_true", help="show how far you are")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write all progress as JSON")
    parser.add_argument("--import", type=Path, metavar="FILE", dest="restore", help="replace progress by such a file")
    parser.add_argument("--anki", type=Path, metavar="FILE", help="write the cards for Anki (.apkg)")
    parser.add_argument("--reset", action="store_true", help="forget all progress, after a question")
    return parser


def _topic(text: str) -> list[str]:
    """The names of the cards of a topic, or of a section."""
    topics = {topic: (topic,) for section in SECTIONS.values() for topic in section} | SECTIONS
    by_lower = {name.lower(): name for name in topics}
    if text.lower() not in by_lower:
        import difflib

        close = difflib.get_close_matches(text.lower(), by_lower, n=3, cutoff=0)
        names = ", ".join(repr(by_lower[one]) for one in close)
        raise argparse.ArgumentTypeError(f"no topic {text!r}: did you mean {names}?")
    wanted = topics[by_lower[text.lower()]]
    return [name for name, card in CARDS.items() if card.topic in wanted]


def _number(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} must be a whole number, 0 or more")
    return int(text)


def _day(text: str) -> date | str:
    """A date after today, or "none"."""
    today, lower = date.today(), text.lower()
    if lower == "none":
        return lower
    if lower == "tomorrow":
        return today + timedelta(days=1)
    if lower in DAYS:  # the next one after today
        return today + timedelta(days=(DAYS.index(lower) - today.weekday() - 1) % 7 + 1)
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} must be a date such as {today + timedelta(days=7)}, a day such as friday, tomorrow, or none"
        ) from None
    if day <= today:
        raise argparse.ArgumentTypeError(f"{text} is not after today, {today}")
    return day


def _opened() -> Ledger:
    """The user's ledger; unlike in a chapter, it is an error if it cannot be kept."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ProgressWarning)
        ledger = Ledger(default_path())
    for one in said:
        print(f"embedviz: {one.message}", file=sys.stderr)
    return ledger


def _run(ledger: Ledger, options: argparse.Namespace) -> int:
    if options.daily is not None:
        ledger.daily_limit = options.daily
    if options.interview is not None:
        ledger.interview = None if options.interview == "none" else options.interview
    carried = [options.reset, options.restore, options.export, options.anki, options.stats]
    if options.reset and not _reset(ledger):
        return 1
    if options.restore:
        copy = ledger.restore(_read(options.restore))
        print(f"progress is that of {options.restore}" + (f"; what was there is kept as {copy}" if copy else ""))
    if options.export:
        print(f"progress written to {_write(options.export, ledger)}")
    if options.anki:
        from embedviz.course.progress.anki import export_anki

        path = export_anki(options.anki, options.topic)
        print(f"{len(options.topic or CARDS)} cards written to {path}: open it with Anki")
    if options.stats:
        print(_stats(ledger))
    if not any(carried):
        _drill(ledger, Session(ledger, options.topic, limit=options.limit))
    return 0


def _reset(ledger: Ledger) -> bool:
    made = len(ledger.reviews())
    print(f'This forgets {made} reviews, and all else in {ledger.path}. Type "reset" to do it: ', end="", flush=True)
    if sys.stdin.readline().strip().lower() != "reset":
        print("\nnothing was changed")
        return False
    copy = ledger.reset()
    print("progress is empty" + (f"; what was there is kept as {copy}" if copy else ""))
    return True


def _read(path: Path) -> dict:
    import json

    from embedviz.base.files import read_text

    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ProgressError(f"{path} is not JSON: {error}") from None


def _write(path: Path, ledger: Ledger) -> Path:
    import json

    from embedviz.base.files import write_atomically

    text = json.dumps(ledger.export(), indent=1, ensure_ascii=False)
    return write_atomically(path, text + "\n")


def _stats(ledger: Ledger) -> str:
    states, counts = ledger.states(), ledger.counts()
    lines = [
        f"today: {counts['today']} reviews made, {counts['due']} cards to repeat now, {counts['new']} new ones",
        f"learned: {counts['learned']} of {len(ledger.deck)} cards, {len(ledger.solved())} exercises solved",
        "",
        f"{'section':15} cards  seen",
    ]
    for section in SECTIONS:
        names = [name for name, card in CARDS.items() if card.section == section]
        lines.append(f"{section:15} {len(names):5} {sum(name in states for name in names):5}")
    if outlook := ledger.outlook():
        lines += ["", plain_text(outlook, _width())]
    days = list(ledger.calendar().values())
    lines += ["", "cards in the next days:"]
    for day in (date.today() + timedelta(days=i) for i in range(7)):
        lines.append(f"  {day:%a %d %b}  {days.count(day)}")
    return "\n".join(lines)


def _drill(ledger: Ledger, session: Session) -> None:
    """Ask until no card is left, or the user ends it."""
    if outlook := ledger.outlook():
        _say(outlook)
    if session.card is None:
        _say("Nothing is due now. Come back tomorrow, or see `embedviz drill --stats`.")
        return
    while True:
        last = session.card is None
        pressed = _pressed("That was the last: [u] undo, [Enter] end", "u ") if last else _card(ledger, session)
        if pressed == "q" or (last and pressed != "u"):
            break
        if pressed == "u" and session.undo() is None:
            _say("There is no grade to take back.")
    made = len(session.done)
    _say(f"{made} {'card' if made == 1 else 'cards'} graded now, {ledger.counts()['today']} today; all are kept.")


def _card(ledger: Ledger, session: Session) -> str:
    """One card: its question, its answer, a grade; returns the key that ended it: a grade, or s, u or q."""
    card, undone = session.card, session.revealed
    again = f", {session.again} again" if session.again else ""
    _say(
        f"── {session.left} left{again} · {card.topic} · {card.kind} " + ("· taken back " if undone else ""), rule=True
    )
    _say(shown(card.question))
    if not undone:
        pressed = _pressed("[space] answer  [s] skip  [u] undo  [q] end", " suq")
        if pressed == "s":
            session.skip()
        if pressed != " ":
            return pressed
        session.reveal()
    _say(_answer(card))
    pressed = _pressed(
        "  ".join(f"[{grade}] {name}" for grade, name in GRADES.items()) + "  [u] undo  [q] end", "1234uq"
    )
    if pressed in "uq":
        return pressed
    review = session.grade(int(pressed))
    print(f"{GRADES[review.grade]}: {_comes_back(ledger, review)}")
    if session.follow_up:
        _say("An interviewer would go on: " + shown(session.follow_up.question))
        if (pressed := _pressed("[space] answer  [u] undo  [q] end", " uq")) != " ":
            return pressed
        _say(shown(session.follow_up.answer))
    return pressed


def _answer(card: Card) -> str:
    points = "\n".join(f"- {point}" for point in card.points)
    return shown(
        f"{card.answer}\n\nA full answer says:\n\n{points}\n\nA weak one: {card.weak}\n\nSource: {card.source}. "
        f"In the workbook: chapter {card.place[0]}, {card.place[1]}."
    )


def _comes_back(ledger: Ledger, review: Review) -> str:
    """When a graded card is asked again, in words."""
    minutes = (review.due - review.at) / timedelta(minutes=1)
    if minutes < 60:
        return f"it comes back in {minutes:.0f} {'minute' if round(minutes) == 1 else 'minutes'}"
    own, planned = review.due.astimezone().date(), ledger.calendar()[review.card]
    day = min(own, planned)
    days = (day - date.today()).days
    when = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days, on {day:%A, %d %B}")
    return f"it comes back {when}" + (", for the interview" if day < own - timedelta(days=1) else "")


def _pressed(prompt: str, allowed: str) -> str:
    """Ask for one of the allowed keys; "q" at the end of the input."""
    print(f"\n{prompt} ", end="", flush=True)
    while (pressed := keys.key()) not in allowed or not pressed:
        if pressed == keys.END:
            print()
            return "q"
        if not sys.stdin.isatty():
            print(f"\n{pressed!r} is none of them: {prompt} ", end="", flush=True)
    print()
    return pressed


def _say(markdown: str, rule: bool = False) -> None:
    print()
    print(markdown.ljust(_width(), "─") if rule else plain_text(markdown, _width()))


def _width() -> int:
    return max(20, min(WIDTH, shutil.get_terminal_size().columns))
