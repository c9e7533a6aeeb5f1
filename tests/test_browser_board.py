"""The whiteboard's form in JupyterLab: typing, Enter, the buttons, a phone's width, and what stays without a kernel."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CELLS = ['from embedviz.course.whiteboard import board\nb = board("CBOW gradient")\nb']
SIZES = ((1280, 720), (390, 844))


@pytest.fixture(params=SIZES, ids=["laptop", "phone"])
def opened(notebook, request):
    """The notebook on a screen of this size, with a new board."""
    width, height = request.param
    notebook.page.set_viewport_size({"width": width, "height": height})
    side = "collapseLeft" if width < 600 else "expandLeft"
    notebook.page.evaluate("(side) => window.jupyterapp.shell[side]()", side)
    before = notebook.run_code("print(id(b))")
    notebook.run_all()
    assert notebook.run_code("print(id(b))") != before
    says(notebook, "line 1 of 5: loss")
    yield notebook
    assert notebook.errors() == [] and notebook.blocked == []


def form(notebook):
    return notebook.page.locator(".embedviz-whiteboard")


def says(notebook, text):
    form(notebook).get_by_text(text).locator("visible=true").first.wait_for()


def test_a_line_is_typed_and_checked_by_enter_and_by_the_button(opened):
    field = form(opened).get_by_label("Your line:")
    says(opened, "line 1 of 5: loss")
    field.fill("s[t] - log(sum(exp(s)))")
    field.press("Enter")
    says(opened, "the sign: that is log p, and the loss is −log p")
    expect(field).to_have_value("s[t] - log(sum(exp(s)))")  # to be mended
    form(opened).get_by_role("button", name="Hint").click()
    says(opened, "Hint 1 of 2")
    field.fill(r"\mathcal L = -s_t + \log\sum_j e^{s_j}")
    form(opened).get_by_role("button", name="Check").click()
    says(opened, "line 2 of 5: scores")
    says(opened, "Right.")
    expect(field).to_have_value("")
    form(opened).get_by_role("button", name="Show line").click()
    says(opened, "line 3 of 5: output vectors")
    says(opened, "p[j] - (j == t)")
    form(opened).get_by_role("button", name="Back").click()
    says(opened, "line 2 of 5: scores")
    assert opened.run_code("print(b.place)") == "1"
    opened.run_code("b.line()")  # a program goes on, and the form with it
    says(opened, "line 3 of 5: output vectors")
    for _ in range(3):
        form(opened).get_by_role("button", name="Show line").click()
    says(opened, "all 5 lines are there")
    expect(field).to_be_disabled()


def test_it_is_readable_and_in_reach(opened):
    form(opened).get_by_label("Your line:").fill("foo")
    form(opened).get_by_role("button", name="Check").click()
    says(opened, "there is no")
    form(opened).get_by_text("Symbols that may be used").click()
    says(opened, "hidden vector")
    small, sizes, wide, nameless = form(opened).evaluate(
        """(root) => {
          const all = [...root.querySelectorAll("*")].filter((one) => one.offsetParent);
          const controls = all.filter((one) => one.matches("button, input"));
          const texts = all.filter((one) => one.innerText?.trim() && !one.closest("mjx-container, .MathJax")
            && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
          return [
            controls.filter((one) => one.getBoundingClientRect().height < 43.5).map((one) => one.outerHTML),
            texts.map((one) => parseFloat(getComputedStyle(one).fontSize)),
            root.scrollWidth - root.clientWidth,
            controls.filter((one) => !(one.labels?.length || one.innerText?.trim())).map((one) => one.outerHTML),
          ];
        }"""
    )
    assert small == [] and nameless == [] and wide <= 1
    assert min(sizes) >= 13


def test_without_a_kernel_the_text_is_there(notebook):
    notebook.run_all()
    says(notebook, "line 1 of 5")
    notebook.run_code("b.line()")
    notebook.wait_for_saved(0, "line 2 of 5: scores")
    notebook.save()
    notebook.shut_down()
    notebook.load()
    notebook.page.locator(".jp-CodeCell .jp-RenderedMarkdown").get_by_text("line 2 of 5: scores").wait_for()
    assert notebook.errors() == [] and notebook.blocked == []
