from committed import PROMISED, differences
from nbformat.v4 import new_code_cell, new_notebook, new_output


def book(*outputs, tags=(PROMISED,), count=1, source="look()"):
    return new_notebook(
        cells=[new_code_cell(source, outputs=list(outputs), execution_count=count, metadata={"tags": list(tags)})]
    )


def said(text):
    return new_output("stream", name="stdout", text=text)


def table(text, **other):
    return new_output("display_data", {"text/plain": text, **other})


def test_the_same_is_no_difference():
    assert differences(book(said("a"), table("b")), book(said("a"), table("b"))) == []


def test_neither_are_times_pictures_and_how_a_stream_came():
    before = book(said("one "), said("two in 3.5 s"), table("map", **{"image/png": "AAAA"}))
    after = book(said("one two in 12 seconds"), table("map", **{"image/png": "BBBB"}))
    assert differences(before, after) == []


def test_another_word_an_output_more_and_one_less_are_seen():
    for after in (book(table("c")), book(table("b"), table("b")), book(), book(said("b"))):
        [line] = differences(book(table("b")), after)
        assert line.startswith("code cell 0 shows ") and "not {'text/plain': ['b']}" in line


def test_a_cell_that_promises_nothing_may_show_something_else_but_must_have_run():
    assert differences(book(table("b"), tags=()), book(table("c"), tags=())) == []
    assert differences(book(tags=()), book(tags=(), count=None)) == ["code cell 0 has not run"]


def test_other_cells_are_no_run_of_it():
    assert differences(book(), book(source="look_away()")) == ["its cells are others"]
