"""`embedviz drill`: formulas as plain text, keys, and what it does with progress."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from waiting import wait_until

from embedviz.__main__ import main
from embedviz.course import terminal
from embedviz.course.drills import CARDS
from embedviz.course.drills.card import COMPUTED
from embedviz.course.plain_text import formula, plain_text
from embedviz.course.progress import Ledger

COMMAND = [sys.executable, "-W", "error", "-m", "embedviz", "drill"]

# --- Formulas and Markdown as plain text ---


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\mathbf u \cdot \mathbf v", "u · v"),
        (r"x \in \{0, 1\}^N", "x ∈ {0, 1}^N"),
        (r"W \in \mathbb R^{N \times d}", "W ∈ ℝ^(N × d)"),
        (r"(x^\top W)_k = \sum_j x_j W_{jk}", "(xᵀW)ₖ = ∑ⱼ xⱼWⱼₖ"),
        (r"\frac{1}{n} \sum_{i=1}^{n} \log \sigma(u_i \cdot v_i)", "1/n ∑ᵢ₌₁ⁿ log σ(uᵢ · vᵢ)"),
        (r"\frac{\partial L}{\partial s_j} = p_j - y_j", "∂L/∂sⱼ = pⱼ − yⱼ"),
        (r"\frac{a + b}{c}", "(a + b)/c"),
        (r"\frac{a}{b + c} x", "a/(b + c) x"),
        (r"\dfrac12 x_b^{3/4}", "1/2 x_b^(3/4)"),
        (r"-\log\sigma(-s) - k\,\mathbb{E}_{c}[s]", "−log σ(−s) − k 𝔼_c[s]"),
        (r"x_{a - b}, 2^{a + b c}", "x_(a − b), 2ᵃ⁺ᵇᶜ"),
        (r"\sqrt{d} \ne \sqrt{d + 1}", "√d ≠ √(d + 1)"),
        (r"\lVert \mathbf{u} \rVert_2 \le 10^{-3}", "‖u‖₂ ≤ 10⁻³"),
        (r"\operatorname{softmax}(s / \tau)_i", "softmax(s/τ)ᵢ"),
        (r"\text{PMI}(w, c) - \log k", "PMI(w, c) − log k"),
        (r"\hat y_{ui} \approx \bar{v}", "ŷᵤᵢ ≈ v̄"),
        (r"\min_B \left\lVert X - XB \right\rVert_F^2 + \lambda", "min_B ‖X − XB‖_F² + λ"),
        (r"37{,}020 \to \infty", "37,020 → ∞"),
        (r"\varepsilon\,\Lambda\,\varphi\,\Omega", "ε Λ φ Ω"),
        (r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}", "1 x > 0; 0 otherwise"),
        (r"a \unknown b", r"a\unknownb"),
        ("", ""),
        (r"\frac{", "()/()"),
    ],
)
def test_a_formula_as_text(latex, expected):
    assert formula(latex) == expected


def test_a_fraction_keeps_its_meaning():
    """Parentheses stand where they must: the text, read as Python, is the same number."""
    for latex, value in ((r"\frac{1 + 2}{4}", 0.75), (r"\frac{1}{2 + 2}", 0.25), (r"\frac{1}{\frac{1}{4}}", 4)):
        assert eval(formula(latex)) == pytest.approx(value)


def test_markdown_as_text():
    text = "**Bold** and *it*, `a_b * c`, $x_i$, [link](https://x.y/z), 2*3*4, snake_case_name, 5 \\$."
    assert plain_text(text + "\n\n- one\n- $a$ two\n") == (
        "Bold and it, a_b * c, xᵢ, link <https://x.y/z>, 2*3*4, snake_case_name, 5 $.\n\n- one\n- a two"
    )
    assert plain_text("```python\nx = **y**\n\nz\n```\nend") == "    x = **y**\n\n    z\n\nend"
    long = plain_text("- " + "word " * 50 + "\n- next", 40)
    assert max(map(len, long.split("\n"))) <= 40 and long.count("\n- ") == 1 and "\n  word" in long


@pytest.mark.parametrize("one", CARDS.values(), ids=list(CARDS))
def test_every_card_can_be_read_in_a_terminal(one):
    """Nothing of LaTeX and Markdown is left, and no line is too long."""
    parts = (
        one.question,
        one.answer,
        *one.points,
        one.weak,
        *(t for f in one.follow_ups for t in (f.question, f.answer)),
    )
    for part in (COMPUTED.sub(lambda found: found["stated"].strip(), part) for part in parts):
        text = plain_text(part, 78)
        code = set(re.findall(r"`+(.+?)`+", part))
        rest = text
        for piece in sorted(code, key=len, reverse=True):
            rest = rest.replace(" ".join(piece.split()), "")
        assert not re.search(r"\\[A-Za-z]|\$\$|\*\*|[\x00-\x09]", rest), f"{one.where}: {text}"
        assert all(len(line) <= 78 or " " not in line.strip() for line in text.split("\n")), one.where


# --- In a pipe ---


@pytest.fixture
def path(tmp_path, monkeypatch):
    path = tmp_path / "progress.sqlite"
    monkeypatch.setenv("EMBEDVIZ_PROGRESS", str(path))
    monkeypatch.setenv("COLUMNS", "80")
    return path


@pytest.fixture
def drill(path, monkeypatch, capsys):
    """Run `embedviz drill` with options and lines of input; returns (status, output, errors)."""

    def run(*options: str, lines: str = ""):
        import io

        monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
        try:
            status = main(["drill", *options])
        except SystemExit as end:
            status = end.code
        return status, *capsys.readouterr()

    return run


def reviews(path: Path) -> list[tuple[str, int]]:
    one = Ledger(path)
    try:
        return [(review.card, review.grade) for review in one.reviews()]
    finally:
        one.close()


def test_a_card_is_asked_answered_and_graded(drill, path):
    first = Ledger(None).due()[0]
    status, out, err = drill("--limit", "1", lines="\n4\n\n")
    assert (status, err) == (0, "")
    assert reviews(path) == [(first, 4)]
    question, answer, graded = (out.find(text) for text in (CARDS[first].kind, "A full answer says:", "Easy: it comes"))
    assert 0 < question < answer < graded and "1 card graded now, 1 today" in out
    assert max(map(len, out.split("\n"))) <= 80 and "{{" not in out


def test_a_low_grade_is_followed_up_and_the_card_comes_again(drill, path):
    first = Ledger(None).due()[0]
    _, out, _ = drill("--limit", "1", lines="\n1\n\n\n4\n")
    assert reviews(path) == [(first, 1), (first, 4)]
    assert "it comes back in 1 minute" in out and "An interviewer would go on" in out


def test_undo_skip_and_what_is_no_key(drill, path):
    first = Ledger(None).due()[0]
    _, out, _ = drill("--limit", "1", lines="u\ns\nx\n\n2\nu\n4\nu\n3\nq\n")
    assert reviews(path) == [(first, 3)]
    assert "There is no grade to take back" in out and "'x' is none of them" in out and "taken back" in out


@pytest.mark.parametrize("lines", ["", "\n", "q\n", "\nq\n", "\n1\n", "\n1\nq\n"])
def test_the_end_of_the_input_or_q_ends_cleanly(drill, path, lines):
    status, out, err = drill(lines=lines)
    assert (status, err) == (0, "") and "all are kept" in out
    assert len(reviews(path)) == lines.count("1")


def test_with_nothing_due_it_says_so(drill, path):
    for _ in range(2):
        status, out, _ = drill("--daily", "0")
        assert status == 0 and "Nothing is due now" in out


def test_a_topic_or_a_section(drill):
    card = CARDS["lookup as a product"]
    for name in (card.topic, card.topic.upper(), "representation"):
        status, out, _ = drill("--topic", name)
        assert status == 0 and "── " in out
    status, _, err = drill("--topic", "lookup is matrix product")
    assert status == 2 and "did you mean 'lookup is a matrix product'" in err


def test_the_interview(drill, path):
    day = date.today() + timedelta(days=3)
    _, out, _ = drill("--interview", day.isoformat())
    assert f"Interview on {day:%A}" in out and "in 3 days" in out
    names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    for name in names:
        drill("--interview", name.capitalize(), "--stats")
        one = Ledger(path)
        assert one.interview.strftime("%A").lower() == name
        assert 1 <= (one.interview - date.today()).days <= 7
        one.close()
    _, out, _ = drill("--interview", "none", "--stats")
    assert "Interview" not in out
    for wrong, what in (
        ("soon", "must be a date"),
        ("2020-01-01", "not after today"),
        ("2026-13-01", "must be a date"),
    ):
        status, _, err = drill("--interview", wrong)
        assert status == 2 and what in err
    status, _, err = drill("--limit", "-3")
    assert status == 2


def test_progress_is_carried_away_and_back(drill, path, tmp_path):
    file = tmp_path / "kept.json"
    drill("--limit", "1", lines="\n4\n")
    status, out, _ = drill("--export", str(file))
    assert status == 0 and str(file) in out and len(json.loads(file.read_text(encoding="utf-8"))["events"]) == 1
    for answer in ("", "\n", "no\n", "y\n"):
        status, out, _ = drill("--reset", lines=answer)
        assert status == 1 and "forgets 1 reviews" in out and "nothing was changed" in out and len(reviews(path)) == 1
    status, out, _ = drill("--reset", lines="reset\n")
    assert status == 0 and "kept as" in out and reviews(path) == []
    status, out, _ = drill("--import", str(file))
    assert status == 0 and len(reviews(path)) == 1
    status, out, _ = drill("--stats")
    assert status == 0 and "1 reviews made" in out and "representation" in out
    for wrong, what in ((tmp_path / "none.json", "no file"), (path, "UTF-8"), (tmp_path / "text", "is not JSON")):
        (tmp_path / "text").write_text("text")
        status, _, err = drill("--import", str(wrong))
        assert status == 1 and what in err and err.startswith("embedviz: ") and len(reviews(path)) == 1
    status, _, err = drill("--export", str(path / "in a file" / "x.json"))
    assert status == 1 and err.startswith("embedviz: ")


def test_the_cards_for_anki(drill, tmp_path, monkeypatch):
    from embedviz.course.progress import anki

    monkeypatch.setattr(anki, "shown", lambda text: COMPUTED.sub(lambda found: found["stated"].strip(), text))
    topic = CARDS["lookup as a product"].topic
    of_topic = sum(card.topic == topic for card in CARDS.values())
    for options, count in (((), len(CARDS)), (("--topic", topic), of_topic)):
        status, out, _ = drill("--anki", str(tmp_path / "cards.apkg"), *options)
        assert status == 0 and f"{count} cards written" in out
        with zipfile.ZipFile(tmp_path / "cards.apkg") as package:
            (tmp_path / "collection").write_bytes(package.read("collection.anki2"))
        connection = sqlite3.connect(tmp_path / "collection")
        notes = connection.execute("SELECT flds FROM notes").fetchall()
        connection.close()
        assert len(notes) == count
        assert not re.search(r"FORMULA\d|\{\{", str(notes))


def test_a_damaged_file_is_told_and_the_drill_goes_on(drill, path):
    path.write_bytes(b"not a database " * 500)
    status, out, err = drill("--stats")
    assert status == 0 and "was damaged" in err and "0 reviews made" in out


def test_a_file_that_cannot_be_used_is_an_error(drill, path, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("EMBEDVIZ_PROGRESS", str(tmp_path / "file" / "progress.sqlite"))
    status, out, err = drill(lines="\n4\n")
    assert status == 1 and "EMBEDVIZ_PROGRESS" in err and out == ""


# --- As a process ---


def test_it_starts_without_what_is_slow_to_load(path):
    """To the first question; what an answer's numbers are computed from is loaded with the answer."""
    card = next(name for name in Ledger(None).deck if not COMPUTED.search(CARDS[name].question))
    code = f"""
import io, sys
sys.stdin = io.StringIO("q\\n")
from embedviz.__main__ import main
assert main(["drill", "--topic", {CARDS[card].topic!r}, "--limit", "1"]) == 0
slow = {{"torch", "numpy", "pandas", "scipy", "sklearn", "matplotlib", "IPython", "ipywidgets", "unearth", "httpx2"}}
assert not slow & set(sys.modules), slow & set(sys.modules)
"""
    one = Ledger(path)
    for name in one.deck:  # the topic's other cards are not due
        if name != card and CARDS[name].topic == CARDS[card].topic:
            one.review(name, 4)
    one.close()
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, stdout=subprocess.PIPE)


@pytest.fixture
def in_a_terminal(path):
    """Start `embedviz drill` in a terminal of its own; returns (process, type keys, wait for text)."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        COMMAND, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True, start_new_session=True
    )
    os.close(theirs)
    os.set_blocking(ours, False)
    seen = ""

    def appears(text: str) -> bool:
        nonlocal seen
        try:
            seen += os.read(ours, 65536).decode(errors="replace")
        except (BlockingIOError, OSError):
            pass
        if text in seen:
            seen = seen.partition(text)[2]
            return True
        return False

    def hears(text: str) -> None:
        wait_until(lambda: appears(text), repr(text))

    yield process, lambda keys: os.write(ours, keys.encode()), hears
    if process.poll() is None:
        process.kill()
    process.wait()
    os.close(ours)


def test_single_keys_in_a_terminal(in_a_terminal, path):
    process, types, hears = in_a_terminal
    hears("[q] end")
    types("\x1b[A\x1b[1;5C\x1bOPé")  # two arrows, F1 and what is not on the list: no keys
    types(" ")
    hears("[4] Easy")
    types("4")
    hears("Easy: it comes back")
    types("u")
    hears("[4] Easy")
    types("3q")  # typed ahead
    hears("1 card graded now")
    assert process.wait(300) == 0
    assert [grade for _, grade in reviews(path)] == [3]


def test_ctrl_c_ends_cleanly_and_loses_nothing(in_a_terminal, path):
    process, types, hears = in_a_terminal
    hears("[q] end")
    types(" ")
    hears("[4] Easy")
    types("4")
    hears("Easy: it comes back")
    hears("[Enter] end" if len(CARDS) == 1 else "[q] end")
    process.send_signal(signal.SIGINT)
    hears("what you have graded is kept")
    assert process.wait(300) == 130
    assert [grade for _, grade in reviews(path)] == [4]


def test_the_command_line_knows_it(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "drill" in capsys.readouterr().out
    assert terminal.WIDTH == 80
