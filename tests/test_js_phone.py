"""The drills' schedule and ledger in a page: to the last digits what py-fsrs and the notebook's ledger have."""

import random
import time
from datetime import UTC, date, datetime, timedelta

import fsrs
import numpy as np
import pytest
from javascript import Modules
from lab import PATIENCE

from embedviz.course.drills import CARDS, SECTIONS
from embedviz.course.progress import Ledger, schedule
from embedviz.course.review import Session
from embedviz.publish import ts_fsrs
from embedviz.publish.drills_page import fsrs_rules, page_values

pytestmark = pytest.mark.browser

NOON = datetime(2026, 10, 20, 12, tzinfo=UTC)
START = datetime(1970, 1, 1, tzinfo=UTC)
COLUMNS = ("state", "step", "stability", "difficulty", "due", "last")
REPLAY = """(rules, columns, lengths, grades, times) => {
  const reviewed = loaded["phone/schedule.js"].scheduler(window.Algorithm, rules);
  const found = Object.fromEntries(columns.map((name) => [name, new Float64Array(grades.length)]));
  let at = 0;
  for (const length of lengths) {
    let card = null;
    for (const end = at + length; at < end; at++) {
      card = reviewed(card, grades[at], times[at]);
      for (const name of Object.keys(found)) found[name][at] = card[name] ?? -1;
    }
  }
  return found;
}"""


def microseconds(moment):
    return (moment - START) // timedelta(microseconds=1)


def sequences(number, seed, longest, backwards=0.0):
    """Random reviews of so many cards: for each, a list of (grade, time), with seconds to `longest` between them."""
    chance = random.Random(seed)
    for _ in range(number):
        at, found = NOON + timedelta(microseconds=chance.randrange(10**11)), []
        for _ in range(chance.randint(1, 12)):
            found.append((chance.choice((1, 2, 3, 3, 3, 4)), at))
            gap = timedelta(microseconds=round(1e6 * longest.total_seconds() ** chance.random()))
            at += -gap if chance.random() < backwards else gap
        yield found


@pytest.fixture(scope="module")
def phone(modules):
    use(modules, ts_fsrs.algorithm())
    modules.load("phone/schedule.js")
    return modules


@pytest.fixture(scope="module")
def values():
    return page_values(lambda chapter, heading: "", "")


def use(modules, code):
    modules.page.evaluate("(code) => load('ts-fsrs', code)", f"{code}\nwindow.Algorithm = FSRSAlgorithm;")


def in_page(modules, reviews, **rules):
    """What the page makes of reviews: a column for each of `COLUMNS`, a row for each review."""
    flat = [one for card in reviews for one in card]
    lengths = np.array([len(card) for card in reviews], dtype=np.int32)
    grades = np.array([grade for grade, _ in flat], dtype=np.uint8)
    times = np.array([microseconds(at) for _, at in flat], dtype=np.float64)
    return modules.evaluate(REPLAY, fsrs_rules() | rules, COLUMNS, lengths, grades, times)


def in_python(reviews, step):
    """The same by `step(card or None, grade, time)`, which gives an fsrs.Card."""
    rows = []
    for card in reviews:
        state = None
        for grade, at in card:
            state = step(state, grade, at)
            place = -1 if state.step is None else state.step
            when = microseconds(state.due), microseconds(state.last_review)
            rows.append((int(state.state), place, state.stability, state.difficulty, *when))
    return dict(zip(COLUMNS, np.array(rows, dtype=np.float64).T))


def the_same(found, expected):
    for name in ("state", "step", "due", "last"):
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)
    for name in ("stability", "difficulty"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-9, atol=0, err_msg=name)


def plainly(card, grade, at, scheduler=fsrs.Scheduler(enable_fuzzing=False)):  # noqa: B008 — it has no state
    return scheduler.review_card(card or fsrs.Card(card_id=1, due=at), fsrs.Rating(grade), at)[0]


def test_ten_thousand_cards_are_as_in_plain_py_fsrs(phone):
    reviews = list(sequences(10_000, 0, timedelta(days=200)))
    expected = in_python(reviews, plainly)
    the_same(in_page(phone, reviews, grace=0), expected)
    # All that can happen did: each state, each step, same-day reviews of learned cards, months between.
    assert {1, 2, 3} == set(expected["state"]) and {-1, 0, 1} == set(expected["step"])


def test_as_in_the_notebook_with_its_grace_and_clocks_that_were_set_back(phone):
    reviews = list(sequences(1000, 1, timedelta(days=40), backwards=0.1))
    expected = in_python(reviews, schedule.reviewed)
    the_same(in_page(phone, reviews), expected)
    assert not np.array_equal(in_page(phone, reviews, grace=0)["stability"], expected["stability"])


def test_a_card_that_is_known_for_centuries(phone):
    reviews = [[(4, NOON + i * timedelta(days=20_000)) for i in range(30)] for _ in range(3)]
    expected = in_python(reviews, plainly)
    the_same(in_page(phone, reviews, grace=0), expected)
    assert expected["stability"].max() > 36_500


@pytest.mark.parametrize("left_out", range(len(ts_fsrs.CHANGES)))
def test_each_change_to_ts_fsrs_is_needed(phone, monkeypatch, left_out):
    long = [[(4, NOON + i * timedelta(days=20_000)) for i in range(30)]]
    reviews = [*sequences(50, 2, timedelta(days=200)), *long]
    changes = [change for place, change in enumerate(ts_fsrs.CHANGES) if place != left_out]
    monkeypatch.setattr(ts_fsrs, "CHANGES", changes)
    use(phone, ts_fsrs.algorithm())
    try:
        found = in_page(phone, reviews, grace=0)
    finally:
        monkeypatch.undo()
        use(phone, ts_fsrs.algorithm())
    with pytest.raises(AssertionError):
        the_same(found, in_python(reviews, plainly))


def test_another_ts_fsrs_is_refused(monkeypatch):
    monkeypatch.setattr(ts_fsrs, "CHANGES", [("no such text", "", 1)])
    with pytest.raises(ValueError, match="another version"):
        ts_fsrs.algorithm()


def test_moments_are_pythons(phone):
    chance = random.Random(3)
    moments = [START + timedelta(microseconds=chance.randrange(-(10**15), 4 * 10**15)) for _ in range(500)]
    moments += [NOON, NOON + timedelta(microseconds=1), NOON + timedelta(milliseconds=120)]
    texts = [one.isoformat() for one in moments]
    phone.load("phone/time.js")
    read, written = phone.evaluate(
        """(texts) => { const { moment, isoformat } = loaded["phone/time.js"], read = texts.map(moment);
                        return [read, read.map(isoformat)]; }""",
        texts,
    )
    assert read == [microseconds(one) for one in moments] and written == texts
    zoned = ["2026-10-20T14:00:00+02:00", "2026-10-20T12:00:00Z", "2026-10-20 06:30-05:30"]
    bad = ["2026-10-20T12:00:00", "2026-02-30T12:00:00Z", "2026-10-20T25:00:00Z", "", None, 3, "today"]
    found = phone.evaluate("(texts) => texts.map(loaded['phone/time.js'].moment)", [*zoned, *bad])
    assert found[:3] == [microseconds(NOON)] * 3 and all(np.isnan(one) for one in found[3:])


# The ledger: weeks of a reader's life, told to both.


@pytest.fixture
def berlin(browser, monkeypatch):
    """Python and a page at a place where the clock is put back on 25 October 2026."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    context = browser.new_context(timezone_id="Europe/Berlin")
    page = context.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    made = Modules(page)
    use(made, ts_fsrs.algorithm())
    for name in ("schedule", "ledger", "session", "statistics"):
        made.load(f"phone/{name}.js")
    yield made
    context.close()
    monkeypatch.undo()
    time.tzset()


LIVE = """async ({ cards, deck, fsrs, rules, form }, steps) => {
  const reviewed = loaded["phone/schedule.js"].scheduler(window.Algorithm, fsrs);
  const { Ledger } = loaded["phone/ledger.js"], { Session } = loaded["phone/session.js"];
  const ledger = new Ledger({ reviewed, deck, rules, form, open: async () => { throw new Error("none here"); } });
  const byName = new Map(cards.map((card) => [card.name, card]));
  let session, now;
  const tell = () => session.card?.name ?? null;
  return steps.map(([what, at, ...rest]) => {
    now = at;
    if (what === "set") ledger.set(...rest);
    if (what === "slip") ledger.import(JSON.stringify({ ...ledger.export(), events: rest }));
    if (what === "begin") session = new Session(ledger, byName, rules, { now: () => now });
    if (what === "grade") { session.reveal(); session.grade(rest[0], 5); }
    if (what === "undo") session.undo();
    const { outlook } = loaded["phone/statistics.js"];
    return [session ? tell() : null, session ? session.left : 0, ledger.due({ now }), [...ledger.calendar({ now })],
            ledger.counts({ now }), outlook(ledger, now), Boolean(session?.followUp)];
  });
}"""


def life(seed):
    """Steps of a reader, and what the notebook's ledger and session have after each."""
    chance, ledger, now, session = random.Random(seed), Ledger(None), NOON, None
    steps, expected, clock = [], [], lambda: now

    def note(what, *rest):
        steps.append([what, microseconds(now), *rest])
        calendar = [[name, (day - date(1970, 1, 1)).days] for name, day in ledger.calendar(now=now).items()]
        counts = ledger.counts(now=now)
        asked = session.card.name if session and session.card else None
        found = [asked, session.left if session else 0, ledger.due(now=now), calendar]
        counts["fresh"] = counts.pop("new")
        follows = bool(session and session.follow_up)
        outlook = ledger.outlook(now=now).replace("y, 0", "y ")  # Monday, 09 November: here Monday 9 November
        expected.append([*found, counts, outlook, follows])

    for day in range(24):
        if day == 4:
            ledger.interview = date(2026, 11, 9)
            note("set", "interview", "2026-11-09")
        if day == 2:
            ledger.daily_limit = 4
            note("set", "daily_limit", 4)
        if day in (3, 8):
            name = ledger.deck[chance.randrange(60)]
            ledger.slipped("some exercise", "some slip", name, now=now)
            note("slip", ledger.export()["events"][-1])
        session = Session(ledger, now=clock)
        note("begin")
        for turn in range(chance.randrange(12)):
            if session.card is None:
                break
            now += timedelta(seconds=chance.randint(3, 400))
            session.reveal()
            grade = chance.choice((1, 2, 3, 3, 4))
            session.grade(grade)
            note("grade", grade)
            if turn == 3:
                session.undo()
                note("undo")
        now += timedelta(hours=chance.randint(9, 40), microseconds=1)
    return steps, expected


@pytest.mark.parametrize("seed", range(2))
def test_weeks_of_drilling_are_asked_alike(berlin, values, seed):
    steps, expected = life(seed)
    found = berlin.evaluate(LIVE, values, steps)
    assert len(steps) > 80 and sum(one[6] for one in expected) > 10
    for step, here, there in zip(steps, found, expected):
        assert here == there, step


def test_two_logs_become_one_and_nothing_is_lost(phone):
    phone.load("phone/transfer.js")
    chance = random.Random(4)
    for _ in range(30):
        moments = [NOON + timedelta(minutes=chance.randint(-500, 500)) for _ in range(20)]
        events = [
            {"kind": "review", "name": chance.choice("abc"), "at": at.isoformat(), "data": {"grade": 1, "seconds": 2.5}}
            for at in moments
        ]
        log, others = chance.choices(events, k=12), chance.choices(events, k=12)
        turned = [one | {"data": dict(reversed(one["data"].items()))} for one in others]  # the same, written otherwise
        all_ = phone.call("phone/transfer.js", "combined", log, turned)
        for event in events:
            assert all_.count(event) == max(log.count(event), others.count(event))
        for own in (log, [event for event in others if event not in log]):
            rest = iter(all_)
            assert all(event in rest for event in own), "it keeps its order"
        assert phone.call("phone/transfer.js", "combined", all_, others) == all_


FAILING = """async ({ deck, fsrs, rules, form }, chances) => {
  const reviewed = loaded["phone/schedule.js"].scheduler(window.Algorithm, fsrs);
  let disk = { events: [], settings: {} }, next = 0, broken = false, failures = 0, at = 1.7e15;
  const pause = () => new Promise((done) => setTimeout(done));
  const store = {  // what IndexedDB does, with a disk that fails now and then
    async read() {
      await pause();
      if (broken) throw new Error("the disk cannot be read");
      return structuredClone(disk);
    },
    async write(steps) {
      await pause();
      if (broken) { failures += 1; throw new Error("the disk is full"); }
      const after = structuredClone(disk), made = [];
      const put = ({ key, ...event }) => { after.events.push({ ...event, key: next }); return next++; };
      for (const { add, remove, set, value, combine } of steps) {
        if (add) made.push([add, put(add)]);
        else if (remove) after.events = after.events.filter(({ key }) => key !== remove.key);
        else if (set) after.settings[set] = value;
        else for (const event of combine(after.events.splice(0))) put(event);
      }
      disk = after;
      for (const [event, key] of made) event.key = key;
    },
  };
  const ledger = new (loaded["phone/ledger.js"].Ledger)({ reviewed, deck, rules, form, open: async () => store });
  const texts = (events) => events.map(({ name, at, data }) => `${name} ${at} ${data.grade}`);
  const expected = [], wrong = [];
  let last = null, kept = ledger.load();
  for (const [what, fails, waits] of chances) {
    broken = fails < 0.4;
    at += 60e6;
    if (what < 0.55) {
      last = ledger.review(deck[Math.floor(what * 50)], 3, { now: at });
      kept = last.kept;
      expected.push(...texts([last.event]));
    } else if (what < 0.75 && last) {
      kept = ledger.undo(last.event);
      expected.pop();
      last = null;
    } else if (what < 0.85) kept = ledger.load();
    else if (what < 0.92) kept = ledger.set("daily_limit", Math.round(100 * fails));
    else {
      const part = String(Math.floor(what * 1e6)).padStart(6, "0"), data = { grade: 2 };
      const event = { kind: "review", name: "elsewhere", at: `2030-01-01T00:00:00.${part}+00:00`, data };
      await kept; // as a reader does, who has to choose a file
      kept = ledger.import(JSON.stringify({ ...ledger.export(), settings: {}, events: [event] })).kept;
      await kept;
      expected.push(...texts([event]));
      last = null;
    }
    if (waits < 0.5) await kept;
    const here = texts(ledger.events).sort().join();
    if (here !== [...expected].sort().join()) wrong.push([what, here]);
  }
  broken = false;
  await ledger.set("fuzzing", false);
  return { wrong, failures, failure: ledger.failure, disk: texts(disk.events).sort(), expected: expected.sort(),
           limit: disk.settings.daily_limit === ledger.limit };
}"""


@pytest.mark.parametrize("seed", range(5))
def test_with_a_disk_that_fails_now_and_then_nothing_is_lost_and_nothing_comes_back(phone, values, seed):
    chance = random.Random(seed)
    phone.load("phone/ledger.js")
    found = phone.evaluate(FAILING, values, [[chance.random() for _ in range(3)] for _ in range(120)])
    assert found["wrong"] == [] and found["failures"] > 10 and found["failure"] is None
    assert found["disk"] == found["expected"] and len(found["disk"]) > 20 and found["limit"]


def test_recall_and_sections_are_counted(phone, values):
    ledger = Ledger(None)
    first, second, third = ledger.deck[:3]
    for name, grade, days in (
        (first, 4, 0),
        (second, 4, 0),
        (third, 1, 0),
        (first, 3, 9),
        (second, 1, 9),
        (first, 3, 9),
    ):
        ledger.review(name, grade, now=NOON + timedelta(days=days))
    for name in ("ledger", "statistics"):
        phone.load(f"phone/{name}.js")
    found = phone.evaluate(
        """async ({ cards, deck, fsrs, rules, form, sections }, exported, now) => {
          const reviewed = loaded["phone/schedule.js"].scheduler(window.Algorithm, fsrs);
          const open = async () => { throw new Error("none here"); };
          const ledger = new (loaded["phone/ledger.js"].Ledger)({ reviewed, deck, rules, form, open });
          ledger.import(JSON.stringify(exported));
          const of = Object.keys(sections).map((one) => [one, cards.filter(({ section }) => section === one)
            .map(({ name }) => name)]);
          return loaded["phone/statistics.js"].statistics(ledger, new Map(of), now);
        }""",
        values,
        ledger.export(),
        microseconds(NOON + timedelta(days=9)),
    )
    assert found["recall"] == {"known": 1, "of": 2}  # not those of the first day, nor the second on one day
    states = ledger.states()
    for one in found["sections"]:
        names = [name for name, card in CARDS.items() if card.section == one["section"]]
        learned = sum(states[name].state == fsrs.State.Review for name in names if name in states)
        assert one == {
            "section": one["section"],
            "cards": len(names),
            "seen": sum(name in states for name in names),
            "learned": learned,
        }
    assert [one["section"] for one in found["sections"]] == list(SECTIONS)
