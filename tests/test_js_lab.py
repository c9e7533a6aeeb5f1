"""The encoding lab's page: its network, gradients and training against PyTorch and closed forms; and used by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from test_encoding_lab import make_task
from torch.nn import functional as F

from embedviz.inputs.tasks import score
from embedviz.widgets.encoding_page import ROWS, page_rows
from embedviz.widgets.encodings import encoding_lab

pytestmark = pytest.mark.browser

MODEL, TRAIN = "lab/model.js", "lab/train.js"
KINDS = [
    (encoding, size, hidden, classification)
    for encoding, size in (("label", 1), ("one-hot", 1), ("embedding", 1), ("embedding", 3))
    for hidden in (0, 5)
    for classification in (False, True)
]


def settings(encoding, size, hidden, classification, n=7, seed=3, **more):
    made = {"encoding": encoding, "n": n, "size": size, "hidden": hidden, "classification": classification}
    return made | {"seed": seed, "rate": 0.01, "epochs": 4, "batch": 32} | more


def random_rows(n, rows, classification, seed=0):
    """(codes, targets): a category has its own level, and not all come as often."""
    random = np.random.default_rng(seed)
    codes = random.integers(0, n, rows).astype(np.uint16)
    targets = random.normal(size=n)[codes] + 0.3 * random.normal(size=rows)
    return codes, (targets > 0).astype(float) if classification else targets


class Twin:
    """The same network in PyTorch, float64, from the values of a JavaScript one; written apart, by matrices."""

    def __init__(self, model):
        self.flat = torch.tensor(np.array(model["values"]), requires_grad=True)
        self.model = model

    def output(self, codes):
        at, n, width, hidden = (self.model[name] for name in ("at", "n", "width", "hidden"))
        part = lambda name, *shape: self.flat[at[name] : at[name] + int(np.prod(shape))].reshape(shape)
        table = {
            "one-hot": lambda: torch.eye(n, dtype=torch.float64),
            "label": lambda: torch.tensor(np.array(self.model["numbers"]))[:, None],
            "embedding": lambda: part("table", n, width),
        }[self.model["encoding"]]()
        x = table[torch.from_numpy(codes.astype(np.int64))] @ part("first", width, hidden or 1)
        if hidden:
            x = torch.relu(x + part("bias", hidden)) @ part("last", hidden, 1)
        return (x + part("out", 1)).squeeze(1)

    def loss(self, codes, targets):
        out, targets = self.output(codes), torch.from_numpy(targets)
        if self.model["classification"]:
            return F.binary_cross_entropy_with_logits(out, targets)
        return F.mse_loss(out, targets)


GRADIENT = """(settings, codes, targets, batch) => {
  const { created, gradientOf } = loaded["lab/model.js"], model = created(settings);
  const gradient = new Float64Array(model.values.length), loss = gradientOf(model, codes, targets, batch, gradient);
  return { model, gradient, loss };
}"""


@pytest.mark.parametrize("encoding, size, hidden, classification", KINDS)
def test_the_gradient_is_that_of_autograd(modules, encoding, size, hidden, classification):
    codes, targets = random_rows(7, 60, classification)
    batch = np.random.default_rng(1).permutation(60)[:41].astype(np.int32)
    modules.load(MODEL)
    found = modules.evaluate(GRADIENT, settings(encoding, size, hidden, classification), codes, targets, batch)
    twin = Twin(found["model"])
    loss = twin.loss(codes[batch], targets[batch])
    loss.backward()
    assert found["loss"] == pytest.approx(loss.item(), rel=1e-9)
    assert np.abs(found["gradient"]).max() > 1e-3
    np.testing.assert_allclose(found["gradient"], twin.flat.grad, rtol=1e-9, atol=1e-12)


DIFFERENCES = """(settings, codes, targets, batch) => {
  const { created, gradientOf } = loaded["lab/model.js"], model = created(settings), { values } = model, step = 1e-6;
  const gradient = new Float64Array(values.length), unused = gradient.slice();
  values.forEach((_, i) => { values[i] += 0.1 * Math.cos(i); }); // biases start at 0, the kink of a ReLU
  const loss = () => gradientOf(model, codes, targets, batch, unused);
  gradientOf(model, codes, targets, batch, gradient);
  const differences = values.map((value, i) => {
    values[i] = value + step; const above = loss();
    values[i] = value - step; const below = loss();
    values[i] = value;
    return (above - below) / (2 * step);
  });
  return [gradient, differences];
}"""


@pytest.mark.parametrize("encoding, size, hidden, classification", KINDS)
def test_the_gradient_is_that_of_finite_differences(modules, encoding, size, hidden, classification):
    codes, targets = random_rows(7, 60, classification, seed=5)
    modules.load(MODEL)
    asked = settings(encoding, size, hidden, classification, seed=8)
    gradient, differences = modules.evaluate(DIFFERENCES, asked, codes, targets, np.arange(60, dtype=np.int32))
    np.testing.assert_allclose(gradient, differences, rtol=1e-5, atol=1e-8)


EPOCHS = """(settings, data, count) => {
  const { begun, epoch } = loaded["lab/train.js"], start = begun(settings), kept = start.model.values.slice();
  let run = start, losses = [];
  for (let i = 0; i < count; i++) {
    const one = epoch(run, data);
    run = one.run;
    losses.push([one.losses.train, one.losses.validation]);
  }
  const same = kept.every((value, i) => value === start.model.values[i]), { outputOf } = loaded["lab/model.js"];
  const outputs = Array.from({ length: settings.n }, (_, i) => outputOf(run.model, i));
  return { start: start.model, same, model: run.model, losses, outputs };
}"""


def trained(modules, asked, train, validation, count=None):
    modules.load(MODEL)
    modules.load(TRAIN)
    data = {
        part: {"codes": codes, "targets": targets}
        for part, (codes, targets) in (("train", train), ("validation", validation))
    }
    return modules.evaluate(EPOCHS, asked, data, count or asked["epochs"])


@pytest.mark.parametrize("encoding, size, hidden, classification", KINDS)
def test_training_is_that_of_torch(modules, encoding, size, hidden, classification):
    """One batch of all rows an epoch, so that their order does not count; PyTorch's own Adam and schedule."""
    train, held_out = random_rows(7, 50, classification), random_rows(7, 20, classification, seed=1)
    asked = settings(encoding, size, hidden, classification, rate=0.03, epochs=20, batch=50)
    found = trained(modules, asked, train, held_out)
    assert found["same"]  # the run that went in
    twin, losses = Twin(found["start"]), []
    adam = torch.optim.Adam([twin.flat], lr=0.03)
    for epoch in range(20):
        adam.param_groups[0]["lr"] = 0.03 * (20 - epoch) / 20
        adam.zero_grad()
        twin.loss(*train).backward()
        adam.step()
        losses.append([twin.loss(*part).item() for part in (train, held_out)])
    np.testing.assert_allclose(found["losses"], losses, rtol=1e-7)
    np.testing.assert_allclose(found["model"]["values"], twin.flat.detach(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("batch", [32, 300])
def test_one_hot_and_linear_ends_at_the_mean_of_each_category(modules, batch):
    codes, targets = random_rows(12, 300, False)
    means = pd.Series(targets).groupby(codes).mean()
    asked = settings("one-hot", 1, 0, False, n=12, rate=0.05, epochs=400, batch=batch)
    found = trained(modules, asked, (codes, targets), (codes, targets))
    away = np.abs(np.array(found["outputs"]) - means)
    assert len(means) == 12 and means.std() > 0.5
    assert away.max() < (1e-6 if batch == 300 else 0.02)  # small batches leave a little of their noise
    best = np.mean((targets - means[codes].to_numpy()) ** 2)
    assert (1 - 1e-12) * best <= found["losses"][-1][0] < 1.001 * best


def test_a_label_is_a_number_of_an_order_and_another_seed_another_order(modules):
    modules.load(MODEL)
    create = "(settings) => loaded['lab/model.js'].created(settings).numbers"
    one, other = (modules.evaluate(create, settings("label", 1, 5, False, n=50, seed=seed)) for seed in (0, 1))
    expected = (np.arange(50) - 24.5) / np.arange(50).std()
    for numbers in (one, other):
        np.testing.assert_allclose(np.sort(numbers), expected, rtol=1e-9, atol=1e-12)
    assert (one != other).sum() > 30 and modules.evaluate(create, settings("label", 1, 0, False, n=1)).tolist() == [0]


def test_what_becomes_no_number_is_said(modules):
    train = random_rows(7, 50, False)
    with pytest.raises(Exception, match="the loss is no number: try a lower learning rate"):
        trained(modules, settings("one-hot", 1, 5, False, rate=1e200, batch=10), train, train)


READ = """(values) => {
  const source = loaded["source.js"].valuesSource(values), { Data } = loaded["lab/data.js"], data = new Data(source);
  const columns = Object.fromEntries([...data.columns].map(([name, { names, counts, means, frequent, seen }]) =>
    [name, { names, counts, means, frequent, seen }]));
  const outs = data.targets.validation, loss = outs.reduce((sum, y) => sum + y * y, 0) / outs.length;
  const { baseline, targets } = data;
  return { baseline, targets, columns, one: data.prediction(1), error: data.errorOf(loss) };
}"""


@pytest.mark.parametrize("classification", [False, True])
def test_the_page_knows_what_the_notebook_does(modules, classification):
    task = make_task(classification=classification)
    lab = encoding_lab(task)
    for module in ("source.js", "lab/data.js"):
        modules.load(module)
    found = modules.evaluate(READ, lab.page_values())
    train = task.rows("train")
    dest, target = task.columns["dest"].iloc[train], task.target[train].astype(float)
    counts = dest.value_counts()
    often = counts[counts >= 5]
    column = found["columns"]["dest"]
    assert column["names"] == ["(unknown)", *sorted(often.index)]
    own = pd.Series(target, dest.to_numpy()).groupby(level=0).agg(["size", "mean"])
    for code in column["seen"]:
        row = own.loc[column["names"][code]]
        assert column["counts"][code] == row["size"] and column["means"][code] == pytest.approx(row["mean"])
    assert len(column["seen"]) == len(often) and column["frequent"] == column["seen"][:20]
    assert [column["counts"][code] for code in column["seen"]] == sorted(often, reverse=True)
    # The sample is all there is, so the baseline is the kernel's; a loss becomes the error that Python measures.
    assert found["baseline"] == pytest.approx(lab.baseline, rel=1e-5)
    if not classification:
        np.testing.assert_allclose(
            found["targets"]["train"], (target - target.mean()) / target.std(), rtol=1e-6, atol=1e-9
        )
        assert found["one"] == pytest.approx(target.mean() + target.std())
        assert found["error"] == pytest.approx(
            score(task, task.rows("validation"), np.full(300, target.mean()))["RMSE"]
        )
    lab.close()


def test_the_page_gets_a_sample_of_each_part():
    random = np.random.default_rng(0)
    task = make_task(30_000)
    rows = page_rows(task, ["dest", "carrier"], 5, seed=0)
    for part, most in ROWS.items():
        target = np.frombuffer(rows["target"][part])
        assert len(target) == most < len(task.rows(part))
        dest = rows["columns"][0]
        names = np.array(dest["names"].decode().split("\n"))[np.frombuffer(dest["codes"][part], np.uint16)]
        there = set(zip(task.columns["dest"].iloc[task.rows(part)], task.target[task.rows(part)].astype(float)))
        chosen = random.choice(most, 500, replace=False)
        assert {(names[i], target[i]) for i in chosen} <= there


@pytest.mark.parametrize(
    "choice, expected",
    [
        (("carrier", "label", 8), ("carrier", "label", 8)),
        (("carrier", "target", None), ("carrier", "embedding", 8)),
        (("dest", "embedding", 2), ("dest", "embedding", 2)),
    ],
)
def test_the_page_starts_where_the_notebook_is_as_far_as_it_can(choice, expected):
    lab = encoding_lab(make_task(), epochs=3)
    lab.train("dest", "hashing").train("dest", "embedding", 4)
    lab.choose(*choice)
    values = lab.page_values()
    assert tuple(values[name] for name in ("column", "encoding", "size")) == expected and values["epochs"] == 3
    assert values["trained"] == [{"column": "dest", "encoding": "embedding", "size": 4}]  # hashing is the kernel's
    assert 3 in [option["value"] for option in values["options"]["epochs"]]
    lab.close()


MOUNT = """async (values, changes) => {
  const el = document.body.appendChild(document.createElement("div"));
  const source = loaded["source.js"].valuesSource({ ...values, ...changes }), { mount } = loaded["lab/main.js"];
  const stop = mount(el, source), { state } = el.querySelector(".embedviz-lab").lab;
  const names = Object.keys(values.options);
  const now = () => Object.fromEntries(names.map((name) => [name, source.get(name)]));
  await new Promise((done) => setTimeout(done));
  const started = [state.get("choice"), now(), state.get("runs").length];
  source.set({ encoding: "label" }); // as an address that is changed by hand
  await new Promise((done) => setTimeout(done));
  const heard = state.get("choice").encoding;
  stop();
  return [...started, heard, el.childElementCount];
}"""


def test_it_starts_from_what_an_address_has_set_and_hears_of_changes(modules):
    lab = encoding_lab(make_task(), epochs=3).train("dest", "label")
    for module in ("source.js", "lab/main.js"):
        modules.load(module)
    wanted = {"encoding": "one-hot", "hidden": 0, "rate": 7, "epochs": 60}  # there is no such rate
    choice, kept, runs, heard, left = modules.evaluate(MOUNT, lab.page_values(), wanted)
    assert choice == kept | {"rate": 0.01} and runs == 0  # nothing is trained that was not asked for
    assert choice == wanted | {"column": "dest", "size": 8, "rate": 0.01} and heard == "label" and left == 0
    *_, started, _, _ = modules.evaluate(MOUNT, lab.page_values(), {})
    assert started == 1
    lab.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    lab = encoding_lab(make_task(), epochs=4).train("dest", "label").train("dest", "embedding", 2)
    yield lab.to_html(tmp_path_factory.mktemp("lab") / "lab.html")
    lab.close()


@pytest.fixture(params=["1280", "390"])
def page(browser, file, request):
    """The page opened by itself; at the end nothing has gone wrong, and no request has left."""
    phone, problems = request.param == "390", []
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 720}
    context = browser.new_context(viewport=size, has_touch=phone, is_mobile=phone)
    page = context.new_page()
    page.set_default_timeout(300_000)
    page.on(
        "request", lambda one: None if one.url.startswith(("file:", "blob:", "data:")) else problems.append(one.url)
    )
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.goto(file.as_uri())
    said(page, "Trained dest · embedding 2 after 4 epochs: validation RMSE (minutes)")
    yield page
    context.close()
    assert problems == []


LAB = "document.querySelector('.embedviz-lab').lab"


def said(page, text):
    page.get_by_role("status").filter(has_text=text).wait_for()


def wait(page, condition):
    """Wait until JavaScript on `values`, what the three charts show, and `runs` is true."""
    page.wait_for_function(
        "() => { const values = [...document.querySelectorAll('.embedviz-chart')].map((one) => one.chart.values);"
        f" const runs = {LAB}.state.get('runs'); return {condition}; }}"
    )


def test_it_trains_pauses_and_starts_over(page):
    wait(page, "runs.map((run) => run.label).join() === 'dest · label,dest · embedding 2' && values.length === 3")
    page.get_by_label("Encoding", exact=True).select_option("one-hot")
    said(page, "dest · one-hot, not trained yet: press Start.")
    wait(page, "values[0].title === 'dest as one-hot: corners'")
    page.get_by_label("Epochs", exact=True).select_option("200")
    page.get_by_label("Network", exact=True).select_option("linear")
    page.get_by_label("Learning rate", exact=True).select_option("0.03")
    name = "dest · one-hot · linear · rate 0.03 · 200 epochs"
    page.get_by_role("button", name="Start", exact=False).first.click()
    said(page, f"Training {name}: epoch")
    page.get_by_role("button", name="Pause").click()
    said(page, f"Paused {name} after")
    count = page.evaluate(f"() => {LAB}.runs.current.validation.length")
    assert 1 <= count < 200
    page.get_by_role("button", name="Go on").click()
    wait(page, f"runs.at(-1).validation.length > {count}")
    page.get_by_role("button", name="Start over").click()
    wait(page, f"runs.length === 3 && runs.at(-1).validation.length <= {count + 1}")
    said(page, f"Trained {name} after 200 epochs")
    # It says of each value the mean of its training rows, and its error is the one that those means have.
    task = make_task()
    rows = {part: task.rows(part) for part in ("train", "validation")}
    dest = task.columns["dest"]
    counts = dest.iloc[rows["train"]].value_counts()
    grouped = dest.where(dest.map(counts).fillna(0) >= 5, "(unknown)")
    means = pd.Series(task.target[rows["train"]].astype(float)).groupby(grouped.iloc[rows["train"]].to_numpy()).mean()
    shown = page.evaluate(
        "() => { const { x, y, notes } = document.querySelectorAll('.embedviz-chart')[1].chart"
        ".values.curves[1]; return notes.map((name, i) => [name, x[i], y[i]]); }"
    )
    assert {name for name, *_ in shown} == {*means.index} - {"(unknown)"}
    for name, mean, prediction in shown:
        assert mean == pytest.approx(means[name]) and prediction == pytest.approx(mean, abs=1)  # minutes, of 0 to 290
    expected = score(task, rows["validation"], means[grouped.iloc[rows["validation"]]].to_numpy())["RMSE"]
    assert page.evaluate(f"() => {LAB}.runs.current.validation.at(-1)") == pytest.approx(expected, rel=0.05)


def test_what_to_look_at(page):
    page.get_by_role("button", name="Table").click()
    wait(
        page,
        "values[0].title === 'dest as embedding' && values[0].rows.length === 20 && values[0].columns.length === 2",
    )
    page.get_by_role("button", name="Distances").click()
    wait(page, "values[0].title === 'Distances between values' && values[0].cells.length === 400")
    page.get_by_role("button", name="Places").click()
    wait(page, "values[0].title === 'dest as embedding: places' && values[0].curves.length === 3")
    places = page.evaluate(
        "() => document.querySelector('.embedviz-chart').chart.values.curves.map(({ x, y, notes }) =>"
        " notes.map((name, i) => [name, x[i], y[i]])).flat()"
    )
    vectors = page.evaluate(
        f"() => {{ const {{ runs, data }} = {LAB}, {{ names }} = data.columns.get('dest'), {{ model }} = runs;"
        " return Object.fromEntries(names.map((name, i) => [name, [...model.values.slice(2 * i, 2 * i + 2)]])); }"
    )
    assert len(places) > 20 and all(vectors[name] == [x, y] for name, x, y in places)  # two dimensions are the plane
    page.get_by_label("Encoding", exact=True).select_option("label")
    said(page, "Trained dest · label after 4 epochs")  # it comes back as it was left
    wait(page, "values[0].title.startsWith('dest as label: a line') && values[0].curves[0].x.length === 240")
    page.get_by_role("button", name="Clear curves").click()
    wait(page, "runs.length === 0 && values[2].curves.length === 0")
    said(page, "dest · label, not trained yet: press Start.")


def test_all_of_it_by_keyboard(page):
    page.get_by_label("Encoding", exact=True).focus()
    page.keyboard.press("Home")  # label, the first
    said(page, "dest · label after 4 epochs")
    reached = []
    for _ in range(30):
        page.keyboard.press("Tab")
        label = page.evaluate(
            "() => { const one = document.activeElement; return one.labels?.[0]?.textContent"
            " || one.textContent || one.getAttribute('aria-label') || ''; }"
        )
        if label.endswith("Start"):
            page.keyboard.press("Enter")
            said(page, "Trained dest · label · seed 1 after 4 epochs")
        reached.append(label)
        if label == "Distances":
            break
    assert reached == [
        "Network",
        "Learning rate",
        "Epochs",
        "▶ Start",
        "Start over",
        "Clear curves",
        "Places",
        "Table",
        "Distances",
    ]
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.locator(".embedviz-chart-tip:visible").first.wait_for()  # a chart's points are told by keyboard


def test_a_run_that_comes_to_nothing_says_so(page):
    first = f"{LAB}.data.targets.train[0]"
    kept = page.evaluate(f"() => {{ const kept = {first}; {first} = NaN; return kept; }}")
    page.get_by_label("Encoding", exact=True).select_option("one-hot")
    page.get_by_role("button", name="Start", exact=False).first.click()
    page.get_by_role("alert").filter(has_text="could not be trained: the loss is no number").wait_for()
    page.evaluate(f"() => {{ {first} = {kept}; }}")
    page.get_by_label("Encoding", exact=True).select_option("label")  # and the lab goes on
    page.get_by_role("button", name="Start", exact=False).first.click()
    said(page, "Trained dest · label · seed 1 after 4 epochs")
