"""Texts of cards as trees of nodes, as HTML, and where their places are."""

import json
from xml.etree import ElementTree

import pytest

from embedviz.course import places
from embedviz.course.card_content import content
from embedviz.course.drills import CARDS
from embedviz.course.markup import as_html, as_text, formula, inline, tree


def tags(nodes):
    return [node[0] for node in nodes if not isinstance(node, str)]


def test_markdown_becomes_elements():
    text = (
        "Two *words*, **three** and `code`.\n\n- one\n- [two](https://example.org/a?b=1)\n\n```python\nx = 1 < 2\n```"
    )
    assert as_html(tree(text)) == (
        "<p>Two <em>words</em>, <strong>three</strong> and <code>code</code>.</p>"
        '<ul><li>one</li><li><a href="https://example.org/a?b=1">two</a></li></ul>'
        "<pre><code>x = 1 &lt; 2</code></pre>"
    )


def test_a_table_has_a_row_of_heads():
    found = as_html(tree("| a | b |\n|---|---|\n| 1 | $x$ |"))
    assert "<thead><tr><th>a</th><th>b</th></tr></thead>" in found and found.count("<td>") == 2


def test_markup_in_a_text_stays_text():
    found = as_html(inline("a `<b>` & c"))
    assert found == "a <code>&lt;b&gt;</code> &amp; c"


def test_money_is_no_formula_and_a_formula_is():
    assert tags(inline("from 5 to 6 dollars, $5 and $6")) == []
    assert tags(inline("row $i$ of $W$")) == ["math", "math"]
    assert tree("$$\nx^2\n$$")[0][2][1]["display"] == "block"


def test_letters_of_other_alphabets_are_letters_that_browsers_have():
    assert "ℝ" in as_html([formula(r"\mathbb R^{N \times d}")])
    assert "ℒ" in as_html([formula(r"\mathcal L")])
    bold = formula(r"\mathbf u")
    assert 'class="bold"' in as_html([bold]) and 'mathvariant="bold"' not in as_html([bold])


def test_a_formula_is_well_formed_and_keeps_its_source():
    latex = r"\frac{1}{1 + e^{-s}} < \sum_{j \ne i} \sigma(s_j)"
    root = ElementTree.fromstring(as_html([formula(latex)]))
    assert root.tag == "math" and root.get("alttext") == latex
    assert as_text([formula(latex)]) == latex
    assert as_html([formula("a<b")], latex=True) == "$a&lt;b$"


def test_what_is_not_shown_is_named():
    with pytest.raises(ValueError, match="block_html.*<script"):
        tree("<script>alert(1)</script>")
    for latex in (r"\frac{1}", r"\foo{x}", r"x_", r"\left( x"):
        with pytest.raises(ValueError, match="cannot be read"):
            formula(latex)


@pytest.mark.parametrize("name", CARDS)
def test_every_card_can_be_shown(name):
    found = content(CARDS[name])
    assert json.loads(json.dumps(found)) == found  # plain JSON
    words = as_text(found["answer"])
    assert "{{" not in json.dumps(found) and len(words) > 100 and "**" not in words
    assert len(found["points"]) == len(CARDS[name].points)
    chapter, heading = CARDS[name].place
    assert found["place"]["href"] == places.link(chapter, heading)


def test_places_are_those_of_the_chapters():
    assert places.link(1, "3. An embedding is one-hot times a matrix") == (
        "01_encodings.ipynb#3.-An-embedding-is-one-hot-times-a-matrix"
    )
    assert places.link(1, "When *not* to use an embedding").endswith("#When-not-to-use-an-embedding")
    assert places.link(4, "1. From (book, link) to (user, film)").endswith(
        "#1.-From-%28book,-link%29-to-%28user,-film%29"
    )
    assert "2. The towers" in places.headings(4) and places.title(4).startswith("Two towers")
    lecture = "By hand: two numbers a book"  # the title of a slide, in a comment
    assert any(f"## {lecture}\n" in "".join(cell["source"]) for cell in places.cells(2))
    assert lecture not in places.headings(2)
    for chapter in places.CHAPTERS:
        assert 30 <= places.minutes(chapter)["core"] <= 200


def test_without_the_chapters_there_is_no_link(monkeypatch, tmp_path):
    monkeypatch.setattr(places, "NOTEBOOKS", tmp_path)
    assert places.chapter_file(1) is None and places.link(1, "3. x") == ""
