"""The ledger: what it keeps, and that nothing harms it."""

import json
import multiprocessing
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from waiting import wait_until

from embedviz.course.drills import CARDS
from embedviz.course.progress import Ledger, ProgressError, ProgressWarning, ledger, store
from embedviz.course.progress.store import MIGRATIONS, default_path

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DECK = [f"card {number}" for number in range(30)]
FIRST = next(iter(CARDS))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "folder" / "progress.sqlite"


@pytest.fixture
def own(path):
    one = Ledger(path, DECK)
    yield one
    one.close()


def filled(one: Ledger, seed: int = 0) -> Ledger:
    chance = random.Random(seed)
    for i in range(60):
        seconds = chance.choice([None, 1.5, 60])
        one.review(chance.choice(one.deck), chance.randint(1, 4), seconds=seconds, now=NOON + i * DAY / 7)
    one.slipped("NDCG", "ties broken by position", one.deck[4], now=NOON)
    one.tried("NDCG", False, now=NOON)
    one.tried("NDCG", True, now=NOON + DAY)
    one.predict("loss", 2, {"low": 0.1, "high": 0.5, "sure": 0.8}, now=NOON)
    one.came_out("loss", 0.42, now=NOON)
    one.predict("größer?", 3, {"choice": "CBOW", "sure": 0.7}, now=NOON)
    one.interview, one.daily_limit = date(2026, 12, 24), 7
    return one


def copies(path: Path, why: str) -> list[Path]:
    return sorted(path.parent.glob(f"progress.{why}-*.sqlite"))


# --- What is asked, and in which order ---


def test_no_test_touches_the_users_own_progress():
    assert "embedviz-progress-" in os.environ["EMBEDVIZ_PROGRESS"]
    assert str(default_path()) == os.environ["EMBEDVIZ_PROGRESS"]


def test_slips_come_first_then_what_is_overdue_then_new_cards_within_the_limit(own):
    own.daily_limit = 3
    own.review("card 20", 4, now=NOON - 90 * DAY)
    own.review("card 21", 4, now=NOON - 100 * DAY)
    own.review("card 22", 4, now=NOON - DAY)  # not due
    own.slipped("e", "s", "card 29", now=NOON)
    own.slipped("e", "t", "card 22", now=NOON)
    own.slipped("e", "u", "no such card", now=NOON)
    asked = own.due(now=NOON)
    assert asked == ["card 29", "card 22", "card 21", "card 20", "card 0", "card 1", "card 2"]
    assert own.due(limit=2, now=NOON) == asked[:2]
    assert own.due(now=NOON, cards={"card 1", "card 20"}) == ["card 20", "card 1"]
    at_the_end = {f"card {number}" for number in range(24, 29)}  # which the whole deck would bring in days
    assert own.due(now=NOON, cards=at_the_end) == ["card 24", "card 25", "card 26"]
    assert own.counts(NOON) == {"due": 3, "new": 4, "learned": 3, "today": 0}
    own.review("card 29", 4, now=NOON)
    assert own.due(now=NOON) == ["card 22", "card 21", "card 20", "card 0", "card 1"]
    assert [slip.pending for slip in own.slips()] == [False, True, True]
    assert own.counts(NOON) == {"due": 3, "new": 2, "learned": 4, "today": 1}


def test_new_cards_come_each_day_up_to_the_limit(own):
    own.daily_limit = 4
    for name in own.due(now=NOON):
        own.review(name, 4, now=NOON)
    assert not own.due(now=NOON + timedelta(minutes=5))
    assert own.due(now=NOON + DAY) == DECK[4:8]
    own.daily_limit = 0
    assert not own.due(now=NOON + DAY)
    own.slipped("e", "s", "card 9", now=NOON)
    assert own.due(now=NOON + DAY) == ["card 9"]  # a slip is asked for whatever the limit is


def test_topics_take_turns_among_new_cards():
    one = Ledger(None)
    assert sorted(one.deck) == sorted(CARDS)
    topics = [CARDS[name].topic for name in one.deck]
    different = len(set(topics))
    assert len(set(topics[:different])) == different


@pytest.mark.parametrize("seed", range(10))
def test_undo_restores_exactly(own, seed):
    filled(own, seed)
    chance, stages = random.Random(seed), []
    for i in range(8):
        stages.append((own.export(), own.states(), own.due(now=NOON + 9 * DAY)))
        made = own.review(chance.choice(DECK), chance.randint(1, 4), now=NOON + (9 + i) * DAY)
        stages[-1] += (made,)
    for before, states, due, made in reversed(stages):
        assert own.undo() == made
        assert (own.export(), own.states(), own.due(now=NOON + 9 * DAY)) == (before, states, due)


def test_undo_takes_back_only_what_was_made_with_this_object(path, own):
    other = Ledger(path, DECK)
    own.review("card 0", 1, now=NOON)
    other.review("card 0", 4, now=NOON + DAY)
    other.review("card 1", 4, now=NOON + DAY)
    assert own.undo().grade == 1 and own.undo() is None
    alone = Ledger(None, DECK)
    alone.review("card 0", 4, now=NOON + DAY)
    assert own.states()["card 0"] == alone.states()["card 0"]
    other.reset()
    assert other.undo() is None
    other.close()


def test_the_log_leads_to_the_states_that_are_kept(own):
    filled(own)
    rows = own.store.read("SELECT * FROM cards ORDER BY name")
    with own.store.write() as connection:
        from embedviz.course.progress import log

        log.recompute(connection)
    assert own.store.read("SELECT * FROM cards ORDER BY name") == rows and len(rows) > 20


def test_bad_input_is_named(own):
    for grade in (0, 5, "3", True, None, 2.5):
        with pytest.raises(ValueError, match=f"grade={grade!r}: it must be 1"):
            own.review("card 0", grade)
    with pytest.raises(ValueError, match="no card 'cart 7': did you mean 'card 7'"):
        own.review("cart 7", 3)
    for seconds in (-1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match="seconds="):
            own.review("card 0", 3, seconds=seconds)
    with pytest.raises(ValueError, match="no time zone"):
        own.review("card 0", 3, now=datetime(2026, 1, 1))
    for limit in (-1, 2.5, True):
        with pytest.raises(ValueError, match="daily_limit="):
            own.daily_limit = limit
    for answer in ({}, {"value": float("nan")}, {"low": 2, "high": 1, "sure": 0.5}, {"choice": "a", "sure": 80}):
        with pytest.raises(ValueError):
            own.predict("x", 1, answer)
    assert own.export()["events"] == [] and own.export()["settings"] == {}


def test_predictions_are_the_latest_and_say_whether_the_truth_was_known(own):
    import numpy as np

    own.predict("a", 1, {"value": np.float32(0.5)}, now=NOON)
    own.predict("b", 2, {"choice": "x", "sure": 0.6}, now=NOON)
    own.predict("a", 1, {"value": 2}, now=NOON)
    assert [one.truth for one in own.predictions()] == [None, None]
    for _ in range(3):  # the cell is run again
        own.came_out("a", np.float64(2.5), now=NOON)
    assert len(own.export()["events"]) == 4
    (one,) = own.predictions(1)
    assert (one.answer, one.truth, one.after_truth) == ({"value": 2}, 2.5, False)
    own.predict("a", 1, {"value": 2.5}, now=NOON)
    assert own.predictions(1)[0].after_truth
    own.came_out("b", "x")
    assert own.predictions(2)[0].truth == "x" and own.predictions(2)[0].at == NOON


def test_an_exercise_is_solved_when_it_was_right_for_the_first_time(own):
    for right, hours in ((False, 0), (True, 1), (False, 2), (True, 3)):
        own.tried("NDCG", right, now=NOON + timedelta(hours=hours))
    own.tried("other", False, now=NOON)
    assert own.solved() == {"NDCG": NOON + timedelta(hours=1)}


# --- The file ---


def test_it_is_there_after_a_restart(own, path):
    filled(own)
    content, states = own.export(), own.states()
    own.close()
    other = Ledger(path, DECK)
    assert other.export() == content and other.states() == states
    other.close()


def test_one_object_for_a_path(path, monkeypatch):
    assert ledger() is ledger()
    assert str(ledger().path) == os.environ["EMBEDVIZ_PROGRESS"]
    assert ledger(path) is ledger(path) is not ledger()
    ledger(path).close()


def test_a_home_that_is_not_there(monkeypatch):
    monkeypatch.setenv("EMBEDVIZ_PROGRESS", "~no-such-user/progress.sqlite")
    if sys.platform != "win32":
        with pytest.raises(ProgressError, match="EMBEDVIZ_PROGRESS is '~no-such-user"):
            default_path()
    monkeypatch.delenv("EMBEDVIZ_PROGRESS")
    assert default_path().name == "progress.sqlite" and default_path().is_absolute()


def _grade(path: str, first: int, done):
    one = Ledger(path, DECK)
    for i in range(40):
        one.review(DECK[first + i % 10], 3, now=NOON + i * DAY)
    done.put(first)


def test_two_processes_write_at_once(path):
    context = multiprocessing.get_context("spawn")
    done = context.Queue()
    workers = [context.Process(target=_grade, args=(str(path), first, done)) for first in (0, 10)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(300)
    assert [one.exitcode for one in workers] == [0, 0]
    both = Ledger(path, DECK)
    assert len(both.reviews()) == 80
    alone = Ledger(None, DECK)
    for i in range(40):
        alone.review(DECK[i % 10], 3, now=NOON + i * DAY)
    states, expected = both.states(), alone.states()
    assert {name: states[name] for name in DECK[:10]} == expected
    assert [states[name].due for name in DECK[10:20]] == [expected[name].due for name in DECK[:10]]
    both.close()


GRADES_ON = """
import os, sys
from embedviz.course.progress import Ledger
deck = [f"card {number}" for number in range(30)]
path, output = sys.argv[1:]
for line in sys.stdin:  # one after another, each opens the file anew
    if child := os.fork():
        print(child, flush=True)
        os.waitpid(child, 0)
        print("dead", flush=True)
        continue
    ledger = Ledger(path, deck)
    with open(output, "w") as out:
        while True:
            for name in deck:
                review = ledger.review(name, 3)
                print(review.id, file=out, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
def test_a_hundred_kills_lose_at_most_the_grade_in_flight(path, tmp_path):
    chance, said, output = random.Random(9), 0, tmp_path / "output"
    parent = subprocess.Popen(
        [sys.executable, "-c", GRADES_ON, str(path), str(output)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    for kill in range(100):
        output.write_text("")
        print("go", file=parent.stdin, flush=True)
        child = int(parent.stdout.readline())
        enough = chance.randint(0, 3)  # grades, and then some way into the next
        wait_until(lambda lines=enough: output.read_text().count("\n") > lines, "grades", pause=0.0005)
        wait_until(lambda: chance.random() < 0.3, "a moment by chance", pause=0.0007)
        os.kill(child, signal.SIGKILL)
        assert parent.stdout.readline() == "dead\n"
        told = [int(line) for line in re.findall(r"^(\d+)\n", output.read_text(), re.M)]
        one = Ledger(path, DECK)
        kept = [review.id for review in one.reviews()]
        assert set(told) <= set(kept), f"kill {kill}: a grade that was told is lost"
        assert len(kept) - said - len(told) in (0, 1), f"kill {kill}: more than the one in flight"
        said = len(kept)
        one.close()
    parent.stdin.close()
    parent.stdout.close()
    assert parent.wait() == 0
    one = Ledger(path, DECK)
    states = one.states()
    with one.store.write() as connection:
        from embedviz.course.progress import log

        log.recompute(connection)
    assert one.states() == states and not copies(path, "damaged")
    one.close()


def test_a_full_disk_keeps_what_was_there_and_says_what_to_do(own):
    filled(own)
    pages = own.store.read("PRAGMA page_count")[0][0]
    own.store.read(f"PRAGMA max_page_count = {pages}")
    kept = own.export()
    with pytest.raises(ProgressError, match="the disk is full: free some space"):
        for i in range(500):
            kept = own.export()
            own.review("card 0", 3, now=NOON + i * DAY)
    assert own.export() == kept
    with pytest.warns(ProgressWarning, match="the disk is full"):
        for _ in range(500):
            own.tried("an exercise " + "x" * 200, True)
    with pytest.raises(ProgressError, match="not kept"):
        for _ in range(500):
            own.daily_limit = 3
            own.review("card 1", 3)
    own.store.read(f"PRAGMA max_page_count = {2**30}")
    own.review("card 2", 3, now=NOON)


LIMITED = """
import resource, signal, sys
from embedviz.course.progress import Ledger, ProgressError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
ledger = Ledger(sys.argv[1], ["a"])
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    for number in range(10_000):
        ledger.review("a", 3)
except ProgressError as error:
    print(number, error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of file sizes")
def test_a_disk_that_fills_up_while_it_is_written(path):
    run = subprocess.run([sys.executable, "-c", LIMITED, str(path)], capture_output=True, text=True, check=True)
    number, message = run.stdout.split(" ", 1)
    assert "ree some space" in message
    one = Ledger(path, ["a"])
    assert len(one.reviews()) == int(number) > 10
    one.review("a", 3)
    one.close()


@pytest.mark.parametrize("damage", ["text", "middle", "cut"])
def test_a_damaged_file_is_set_aside_and_a_new_one_begins(own, path, damage):
    filled(own)
    own.close()
    content = bytearray(path.read_bytes())
    if damage == "text":
        content = bytearray(b"no database, but what somebody wants to keep\n" * 300)
    elif damage == "middle":
        content[4096 : 4 * 4096] = os.urandom(3 * 4096)
    else:
        content = content[: len(content) // 2]
    path.write_bytes(content)
    with pytest.warns(ProgressWarning, match=r"was damaged .* kept as .*damaged-20.*--import"):
        one = Ledger(path, DECK)
    (copy,) = copies(path, "damaged")
    assert copy.read_bytes() == content
    assert one.reviews() == []
    one.review("card 0", 3)
    one.close()
    assert len(Ledger(path, DECK).reviews()) == 1 and len(copies(path, "damaged")) == 1


def test_damage_in_mid_session_is_told_and_the_next_grade_is_kept(own, path):
    own.review("card 0", 3)
    other = Ledger(path, DECK)
    other.close()
    own.store.close()
    path.write_bytes(b"overwritten by somebody " * 1000)
    with pytest.warns(ProgressWarning, match="was damaged"):
        own.review("card 1", 3)
    assert [one.card for one in own.reviews()] == ["card 1"] and len(copies(path, "damaged")) == 1


def test_a_file_set_aside_by_another_process_is_followed(own, path):
    own.review("card 0", 3)
    os.replace(path, path.with_name("elsewhere.sqlite"))
    for end in ("-wal", "-shm"):
        Path(f"{path}{end}").unlink(missing_ok=True)
    own.review("card 1", 3)
    other = Ledger(path, DECK)
    assert [one.card for one in other.reviews()] == ["card 1"]
    other.close()


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="who may write everything is not kept out")
def test_a_read_only_folder(path):
    path.parent.mkdir()
    path.parent.chmod(0o500)
    try:
        with pytest.raises(ProgressError, match="make it writable, or set the environment variable EMBEDVIZ_PROGRESS"):
            Ledger(path, DECK)
    finally:
        path.parent.chmod(0o700)


def test_a_chapter_runs_where_progress_cannot_be_kept_and_is_told_once(tmp_path, recwarn):
    (tmp_path / "file").write_text("no folder")
    path = tmp_path / "file" / "progress.sqlite"
    with pytest.raises(ProgressError, match="EMBEDVIZ_PROGRESS"):
        Ledger(path)
    with pytest.warns(ProgressWarning, match="forgotten at the end"):
        one = ledger(path)
    assert one.path is None
    one.review(FIRST, 3)
    assert ledger(path) is one and len(one.reviews()) == 1  # a second warning would be an error


def test_a_newer_file_is_refused_and_left_alone(own, path):
    filled(own)
    own.close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ProgressError, match="written by a newer embedviz .* update embedviz"):
        Ledger(path, DECK)
    assert path.read_bytes() == before and not copies(path, "*")


def test_the_database_of_another_program_is_left_alone(path):
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE bookmarks (url)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ProgressError, match="of another program"):
        Ledger(path, DECK)
    assert path.read_bytes() == before


def test_an_older_file_is_brought_up_to_date_or_stays_as_it_was(own, path, monkeypatch):
    filled(own)
    content = own.export()
    own.close()
    monkeypatch.setattr(store, "MIGRATIONS", [*MIGRATIONS, "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1);"])
    with pytest.raises(ProgressError, match="no such table"):
        Ledger(path, DECK)
    steps = ["CREATE TABLE more (x);", "INSERT INTO more VALUES (7);"]
    monkeypatch.setattr(store, "MIGRATIONS", [*MIGRATIONS, *steps])
    newer = Ledger(path, DECK)
    assert newer.store.read("SELECT x FROM more") == [(7,)]
    assert newer.export()["events"] == content["events"]
    newer.close()
    Ledger(path, DECK).close()  # nothing is done twice
    monkeypatch.undo()
    with pytest.raises(ProgressError, match="newer"):
        Ledger(path, DECK)


# --- Carried elsewhere ---


def test_json_loses_nothing(own, path):
    filled(own)
    content = json.loads(json.dumps(own.export()))
    other = Ledger(None, DECK)
    assert other.restore(content) is None
    assert other.export() == own.export() == content
    assert other.states() == own.states() and other.reviews() != []
    strip = lambda reviews: [(r.card, r.grade, r.at, r.seconds, r.due) for r in reviews]
    assert strip(other.reviews()) == strip(own.reviews())
    assert (other.interview, other.daily_limit) == (date(2026, 12, 24), 7)
    assert other.solved() == own.solved() and other.predictions() == own.predictions()


def test_restore_replaces_and_keeps_a_copy(own, path):
    filled(own)
    before = own.export()
    fresh = filled(Ledger(None, DECK), 3).export()
    copy = own.restore(fresh)
    assert own.export() == fresh and copies(path, "before") == [copy]
    kept = Ledger(copy, DECK)
    assert kept.export() == before
    kept.close()
    assert own.undo() is None  # nothing of what was replaced


def test_what_is_no_export_changes_nothing(own):
    filled(own)
    before = own.export()
    event = before["events"][0]
    for wrong, what in (
        ([], "no export"),
        ({"format": "other"}, "no export"),
        (before | {"version": 99}, "version 99"),
        (before | {"events": [event, event | {"at": "yesterday"}]}, "event 1"),
        (before | {"events": [event | {"data": {"grade": 9}}]}, "grade=9"),
        (before | {"events": [event | {"kind": "guess"}]}, "guess"),
        (before | {"events": [{}]}, "event 0"),
    ):
        with pytest.raises(ProgressError, match=what):
            own.restore(wrong)
    assert own.export() == before and not copies(own.path, "before")


def test_reset_forgets_all_and_keeps_a_copy(own, path):
    assert own.reset() is None
    filled(own)
    before = own.export()
    copy = own.reset()
    assert own.export()["events"] == [] and own.states() == {} and own.interview is None
    kept = Ledger(copy, DECK)
    assert kept.export() == before
    kept.close()


def test_anki_gets_a_deck_that_it_can_update(tmp_path):
    from embedviz.course.progress.anki import export_anki, html

    some = ["lookup as a product", *list(CARDS)[-3:]]

    def notes(path):
        with zipfile.ZipFile(export_anki(path, some)) as package:
            (tmp_path / "collection").write_bytes(package.read("collection.anki2"))
        connection = sqlite3.connect(tmp_path / "collection")
        try:
            (decks,) = connection.execute("SELECT decks FROM col").fetchone()
            return connection.execute("SELECT guid, mid, flds, tags FROM notes ORDER BY guid").fetchall(), decks
        finally:
            connection.close()

    found, decks = notes(tmp_path / "a.apkg")
    assert notes(tmp_path / "b.apkg")[0] == found and "embeddings in interviews" in decks
    assert len({guid for guid, *_ in found}) == len(some)
    fields = {flds.split("\x1f")[0]: (flds, tags.split()) for _, _, flds, tags in found}
    assert set(fields) == set(some)
    flds, tags = fields["lookup as a product"]
    assert r"\(x \in \{0, 1\}^N\)" in flds and "109,650" in flds and "{{" not in flds and "$" not in flds
    assert set(tags) == {"embedviz", "representation", "lookup_is_a_matrix_product", "derive"}
    assert html(r"\$5 if $a < b_1 * c_2$ and **x**:" + "\n\n$$\n\\sum_i\n$$") == (
        r"<p>$5 if \(a &lt; b_1 * c_2\) and <strong>x</strong>:</p>" + "\n" + r"<p>\[\sum_i\]</p>"
    )
