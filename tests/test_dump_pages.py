"""Pages out of a dump, titles out of links, facts out of wikitext: edges, and whatever hypothesis makes up."""

import bz2
import re
import tracemalloc
from pathlib import Path

import mwparserfromhell
import pytest
from dumps import HEAD, TAIL, box, packed, page, write_dump
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embedviz.datasets.dump import pages as pages_module
from embedviz.datasets.dump.excerpt import excerpt_path
from embedviz.datasets.dump.infobox import plain_text, read_wikitext
from embedviz.datasets.dump.page_process import Limits, PageLost, PageProcess
from embedviz.datasets.dump.page_xml import BadPage, Page
from embedviz.datasets.dump.pages import DamagedPart, read_head, read_pages
from embedviz.datasets.dump.titles import KINDS, NAMESPACES, read_link, read_namespaces

NAMES = {"infobox book"}
EXAMPLES = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def read(path) -> list:
    return list(read_pages(path))


def of(text: str, title: str = "T") -> dict:
    return read_wikitext(text, title, NAMES, NAMESPACES)


# --- Pages -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("each", [1, 3, 100])
def test_pages_are_read_whatever_the_streams(tmp_path, each):
    made = [
        page("A & B", "a <b>&nbsp;\n", number=1),
        page("Ü", redirect='A "&" B', number=2),
        page("T:x", "", number=3),
    ]
    found = read(write_dump(tmp_path / "a.bz2", made, each))
    assert [(one.title, one.redirect, one.text) for one in found] == [
        ("A & B", None, "a <b>&nbsp;\n"),
        ("Ü", 'A "&" B', ""),
        ("T:x", None, ""),
    ]
    assert [(one.page, one.revision, one.namespace) for one in found] == [(1, 100, 0), (2, 200, 0), (3, 300, 0)]


@pytest.mark.parametrize("chunk", [1, 7, 64, 1000])
def test_a_tag_may_lie_across_two_pieces(tmp_path, monkeypatch, chunk):
    path = write_dump(tmp_path / "a.bz2", [page(f"P{n}", "x" * n, number=n) for n in range(6)])
    whole = read(path)
    monkeypatch.setattr(pages_module, "CHUNK", chunk)
    assert read(path) == whole and len(whole) == 6


def test_broken_pages_cost_no_other(tmp_path):
    deep = page("deep", "").replace("</revision>", "<x>" * 20 + "</x>" * 20 + "</revision>")
    made = [
        page("first", "1"),
        page("latin", "caf\u00e9", number=5).encode("latin-1"),
        page("tag", "").replace("</revision>", "</revisio>"),
        page("entity", "").replace('preserve"></text>', 'preserve">&lol;</text>'),
        deep,
        page("no text").replace("<text", "<t").replace("</text>", "</t>"),
        page("open", "").replace("</page>", ""),
        page("last", "2"),
    ]
    found = read(write_dump(tmp_path / "a.bz2", made))
    good, bad = [one for one in found if isinstance(one, Page)], [one for one in found if isinstance(one, BadPage)]
    assert [one.title for one in good] == ["first", "last"]
    assert [one.title for one in bad] == ["latin", "tag", "entity", "deep", "no text", "open"]
    assert (bad[0].page, bad[0].revision) == (5, 500) and all(one.reason for one in bad)
    assert "nested" in bad[3].reason and "no <text>" in bad[4].reason and "</page>" in bad[5].reason


def test_a_document_type_in_a_dump_unfolds_nothing(tmp_path):
    bomb = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>' + HEAD
    inside = page("inside", "").replace("<revision>", '<!DOCTYPE x [<!ENTITY a "ha">]><revision>', 1)
    used = page("used", "").replace('preserve"></text>', 'preserve">&b;</text>')
    path = tmp_path / "a.bz2"
    path.write_bytes(bz2.compress((bomb + inside + used + page("good", "1") + TAIL).encode()))
    assert [type(one) for one in read(path)] == [BadPage, BadPage, Page]


def test_a_page_beyond_its_bound_is_passed_over_in_flat_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(pages_module, "PAGE_BYTES", 200_000)
    path = write_dump(tmp_path / "a.bz2", [page("long", "ab " * 3_000_000, number=9), page("short", "1")])
    tracemalloc.start()
    try:
        found = read(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(found[0], BadPage) and (found[0].title, found[0].revision) == ("long", 900)
    assert found[1].title == "short" and peak < 6_000_000  # the page has 9 million


@pytest.mark.parametrize("cut", ["stream", "between", "page", "empty", "text", "bytes"])
def test_a_part_that_is_not_whole_is_never_taken_for_it(tmp_path, cut):
    made = [page("A", "a" * 5000), page("B", "b" * 5000)]
    whole, path = packed(made, each=1), tmp_path / "a.bz2"
    path.write_bytes(
        {
            "stream": whole[:-10],
            "between": b"".join(map(bz2.compress, [HEAD.encode(), made[0].encode()])),
            "page": bz2.compress((HEAD + made[0][:-40] + TAIL).encode()),
            "empty": b"",
            "text": b"<mediawiki>",
            "bytes": whole[: len(whole) // 2] + b"\xff\xff\xff" + whole[len(whole) // 2 :],
        }[cut]
    )
    with pytest.raises(DamagedPart, match=r"a\.bz2"):
        read(path)


@EXAMPLES
@given(st.data())
def test_a_damaged_dump_is_read_or_refused(tmp_path, data):
    """Bytes changed, removed or doubled in XML of real shape: pages, bad pages or DamagedPart, nothing else."""
    xml = bytearray((HEAD + "".join(page(f"P{n}", box("X") + "[[a]]" * n) for n in range(4)) + TAIL).encode())
    for _ in range(data.draw(st.integers(1, 5))):
        at, length = data.draw(st.integers(0, len(xml) - 1)), data.draw(st.integers(0, 40))
        xml[at : at + length] = data.draw(st.binary(max_size=20)) + bytes(xml[at : at + length]) * data.draw(
            st.integers(0, 2)
        )
    path = tmp_path / "fuzzed.bz2"
    path.write_bytes(bz2.compress(bytes(xml), 1))
    try:
        found = read(path)
    except DamagedPart:
        return
    assert all(isinstance(one, Page | BadPage) for one in found)
    read_namespaces(read_head(path))


# --- Titles ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link, meant",
    [
        ("war and_peace ", ("War and peace", "", "article")),
        ("Peace#Later_years", ("Peace", "Later years", "article")),
        ("#Plot", ("Own", "Plot", "section")),
        ("#", None),
        ("", None),
        (" : Moon", ("Moon", "", "article")),
        ("file: a.jpg", ("File:A.jpg", "", "file")),
        ("Image:A.jpg", ("Image:A.jpg", "", "file")),
        ("Datei:A.jpg", ("Datei:A.jpg", "", "file")),
        (":Category:Novels", ("Category:Novels", "", "category")),
        ("KATEGORIE: roman", ("Kategorie:Roman", "", "category")),
        ("User talk:A", ("User talk:A", "", "namespace")),
        ("de:Krieg", ("de:Krieg", "", "interwiki")),
        (":fr:Guerre#x", ("fr:Guerre", "x", "interwiki")),
        ("2001: A Space Odyssey", ("2001: A Space Odyssey", "", "article")),
        ("Caf%C3%A9", ("Café", "", "article")),
        ("AT&amp;T", ("AT&T", "", "article")),
        ("a|b", None),
        ("{{PAGENAME}}", None),
        ("<nowiki/>a", None),
        ("x" * 256, None),
        ("ßa", ("ßa", "", "article")),
    ],
)
def test_a_link_means_what_mediawiki_says(link, meant):
    assert read_link(link, "Own", read_namespaces(HEAD.encode())) == meant


@EXAMPLES
@given(st.text(max_size=80))
def test_any_link_is_a_title_or_none(link):
    meant = read_link(link, "Own", NAMESPACES)
    if meant is not None:
        title, section, kind = meant
        assert title and kind in KINDS and not re.search(r"[\[\]{}|<>\n]", title + section)
        title.encode(), section.encode()


# --- Wikitext --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Infobox book", "infobox_Book", " Infobox  book\n", "Template:Infobox book<!-- x -->"]
)
def test_a_box_is_found_however_its_name_is_written(name):
    assert of("text {{" + name + "|author=[[Leo Tolstoy]]}}")["boxes"][0]["authors"] == ["Leo Tolstoy"]


@pytest.mark.parametrize(
    "text", ["<!-- {} -->", "<nowiki>{}</nowiki>", "{{{{Infobox book series|author=X}}}}", "[[{}", "{}"]
)
def test_what_is_no_box_is_none(text):
    inner = "{{Infobox book|author=X" if text in ("[[{}", "{}") else "{{Infobox book|author=X}}"
    assert of(text.format(inner))["boxes"] == []


def test_several_boxes_come_in_order_nested_ones_too():
    text = box("A", module="{{Infobox book|author=B}}") + "{{x|" + box("C") + "}}"
    assert [one["authors"] for one in of(text)["boxes"]] == [["A"], ["B"], ["C"]]


def test_a_boxs_values_are_what_people_see():
    text = box(
        "[[Terry Pratchett|Terry]] <!-- x --> Pratchett<ref>no</ref><br/>{{nowrap|'''Neil''' Gaiman}}",
        release_date="{{Start date|1990|5|1|df=y}} ([[UK]])",
        genre="{{plainlist|\n* [[Fantasy]]\n* [[Comedy]]\n}}",
        country="{{flag|United Kingdom}}",
        language="{{lang|en|English}} language",
        publisher="[[Gollancz|Victor Gollancz]]<br>Workman",
    )
    [found] = of(text)["boxes"]
    assert found == {
        "authors": ["Terry Pratchett", "Neil Gaiman"],
        "year": 1990,
        "genres": ["Fantasy", "Comedy"],
        "country": "United Kingdom",
        "language": "English",
        "publisher": "Victor Gollancz",
    }


def test_lists_and_unknown_templates_in_values():
    def shown(text):
        return plain_text(mwparserfromhell.parse(text)).split("\n")

    assert shown("{{ubl|A|[[b|B]]|3=C}}") == ["", "A", "B", "C", ""]
    assert shown("{{sortname|Leo|Tolstoy}} {{dubious}}[[File:x.jpg|thumb]]&eacute;") == ["Leo Tolstoy é"]


def test_links_come_once_those_in_boxes_notes_and_pictures_too():
    text = box("[[A]]") + "[[b|c]] [[B]] [[A#x]]<ref>[[D]]</ref> [[File:e.jpg|thumb|[[F]]]] [[Category:G]] [[h{{i}}]]"
    found = of(text + "<!-- [[no]] --><nowiki>[[no]]</nowiki> {{cite|title=[[J]]}} [[#S]]")
    assert [tuple(link) for link in found["links"]] == [
        ("A", "", "article"),
        ("B", "", "article"),
        ("A", "x", "article"),
        ("D", "", "article"),
        ("File:E.jpg", "", "file"),
        ("F", "", "article"),
        ("Category:G", "", "category"),
        ("J", "", "article"),
        ("T", "S", "section"),
    ]
    assert found["not_links"] == 1


PIECES = (
    "{{ }} [[ ]] {{{ }}} | = # : * ; ' '' ''' <b> </b> <ref> </ref> <ref name=x/> <!-- --> <nowiki> </nowiki> <br> "
    "{| |} |- &nbsp; &#x; [http:// ] \n == File: Category: Infobox author genre 1999 (BC) é 𐍈 \u200e _"
).split(" ") + ["{{Infobox book|author=", "{{Start date|", "{{plainlist|\n* "]


@EXAMPLES
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=40))
def test_any_wikitext_is_read(pieces):
    found = of("".join(pieces))
    assert set(found) == {"boxes", "links", "not_links"}
    for one in found["boxes"]:
        assert set(one) == {"authors", "year", "genres", "country", "language", "publisher"}


# --- The process that may be ended -----------------------------------------------------------------------

SLOW = "{{a|" * 100_000  # minutes, in mwparserfromhell 0.7.2
LARGE = "*:#;" * 120_000  # 500 MB


@pytest.mark.slow
def test_a_page_beyond_its_limits_is_lost_and_the_next_is_read():
    good = box("A") + "[[B]]"
    with PageProcess(NAMES, NAMESPACES, Limits(seconds=2, megabytes=5000)) as process:
        with pytest.raises(PageLost, match="more than 2 s of processor time"):
            process.read(SLOW, "slow")
        assert process.read(good, "T") == of(good)
    with PageProcess(NAMES, NAMESPACES, Limits(seconds=200, megabytes=100)) as process:
        with pytest.raises(PageLost, match="more than 100 MB of memory"):
            process.read(LARGE, "large")
        assert process.read(good, "T") == of(good)


def test_limits_that_cannot_be_are_refused():
    for wrong in ({"seconds": 0}, {"seconds": 1.5}, {"megabytes": 10}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            Limits(**wrong)


def test_the_excerpts_pages_are_those_that_another_reader_finds():
    """An independent reader: the standard library's ElementTree."""
    from xml.etree import ElementTree

    found = {}
    with bz2.open(excerpt_path()) as file:
        for _, element in ElementTree.iterparse(file):
            if element.tag.endswith("}page"):
                space = element.tag.removesuffix("page")
                text = element.findtext(f"{space}revision/{space}text") or ""
                found[element.findtext(f"{space}title")] = text
                element.clear()
    assert {one.title: one.text for one in read_pages(Path(excerpt_path()))} == found and len(found) == 206
