"""Books of Wikipedia in Will Koehrsen's format, one JSON list a line:

    [title, infobox, wikilinks, external links, timestamp, bytes]

Infoboxes are written by people for people, and links lead everywhere; here both become data.
"""

import codecs
import html
import json
import re
import warnings
from collections.abc import Mapping

from embedviz.base.names import as_name

FIELDS = (
    ("title", str),
    ("infobox", dict),
    ("wikilinks", list),
    ("external links", list),
    ("timestamp", str),
    ("bytes", int),
)


#: What a Wikipedia link may be and yet name no topic that a book is about. Compared after lower-casing; a link is
#: dropped when it equals an entry of "formats" or starts with another entry and a colon.
NOT_TOPICS: Mapping[str, frozenset[str]] = {
    # Koehrsen dropped hardcover, paperback, hardback and e-book by hand: the infobox links them, so they are the
    # most frequent links of all, and they tell how a book was printed. The others here say the same.
    "formats": frozenset(
        "hardcover;hardback;hardbound;paperback;softcover;trade paperback;mass market paperback;mass-market paperback;"
        "e-book;ebook;audiobook;audio book;international standard book number;isbn;oclc".split(";")
    ),
    # Not articles. He dropped wikipedia:wikiproject books and … novels, which sit in the infobox as editors' notes.
    # Categories say "1999 novels" or "novels by X": the answer itself, when we ask whether neighbors share an author.
    "namespaces": frozenset(
        "category;file;image;media;template;wikipedia;wp;wikiproject;help;portal;user;talk;special;draft;module;"
        "mediawiki;book;category talk;file talk;template talk;wikipedia talk;user talk".split(";")
    ),
    # Pages of other sites, …
    "sister projects": frozenset(
        "wikt;wiktionary;s;wikisource;b;wikibooks;q;wikiquote;n;wikinews;v;wikiversity;c;commons;m;meta;d;wikidata;"
        "species;voy;wikivoyage;mw;doi;imdbname;imdbtitle;iarchive;google;gutenberg;hdl".split(";")
    ),
    # … and of the Wikipedias in other languages.
    "languages": frozenset(
        "af;als;an;ang;ar;arz;ast;az;ba;bar;be;bg;bn;br;bs;ca;ceb;co;cs;cy;da;de;el;en;eo;es;et;eu;fa;fi;fo;"
        "fr;fy;ga;gd;gl;gu;he;hi;hr;hu;hy;ia;id;io;is;it;ja;jv;ka;kk;kn;ko;ku;la;lb;lt;lv;mk;ml;mn;mr;ms;my;"
        "nds;ne;nl;nn;no;oc;pa;pl;pt;qu;ro;ru;sa;sc;scn;sco;sh;simple;sk;sl;sq;sr;sv;sw;ta;te;tg;th;tl;tr;tt;"
        "uk;ur;uz;vi;wa;war;yi;zh;zh-min-nan;zh-yue".split(";")
    ),
}


_PREFIXES = frozenset().union(*(NOT_TOPICS[kind] for kind in NOT_TOPICS if kind != "formats"))


def read_books(content: bytes, where: str, on_error: str = "raise") -> tuple[list[dict], dict[str, list[str]]]:
    """The books of a file, and the topics that each links to.

    Pages titled "Wikipedia:…" are left out. An article that comes twice has the infobox of its first line and the
    links of all.

    Args:
        content: the file.
        where: its name, for messages.
        on_error: "raise", or "skip" malformed lines with a warning.

    Returns:
        One dict a book with title, authors, year, country, language, genres (None or [] where unknown); and
        {title: its links, lower-cased, each once}.

    Raises:
        ValueError: malformed lines; the message numbers them.
    """
    books, links, wrong = {}, {}, []
    for number, line in enumerate(content.removeprefix(codecs.BOM_UTF8).split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            title, infobox, topics = _parse_line(line)
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
            continue
        if title.lower().startswith("wikipedia:"):
            continue
        books.setdefault(title, infobox)
        links.setdefault(title, {}).update(dict.fromkeys(filter(None, topics)))
    if wrong:
        text = f"{where} has {len(wrong)} malformed line{'s' * (len(wrong) > 1)}:\n  " + "\n  ".join(wrong[:10])
        text += f"\n  … and {len(wrong) - 10} more" * (len(wrong) > 10)
        if on_error == "raise":
            raise ValueError(f"{text}\nMend them, or leave them out with on_error='skip'.")
        warnings.warn(f"{text}\nThey are left out.", stacklevel=3)
    rows = [{"title": title} | from_infobox(box) for title, box in books.items()]
    return rows, {title: list(of_book) for title, of_book in links.items()}


def _parse_line(line: bytes) -> tuple[str, dict, list[str]]:
    """Title, infobox and topics of a line; ValueError says what is wrong with it."""
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at character {error.pos + 1}") from None
    except RecursionError:
        raise ValueError("not JSON that can be read: nested too deeply") from None
    if not isinstance(row, list):
        raise ValueError(f"a JSON {type(row).__name__}, not a list")
    if len(row) < len(FIELDS):
        raise ValueError(f"{len(row)} fields, not {len(FIELDS)} ({', '.join(name for name, _ in FIELDS)})")
    for (name, kind), value in zip(FIELDS, row):
        if not isinstance(value, kind):
            raise ValueError(f"{name} is of type {type(value).__name__}, not {kind.__name__}")
    title, infobox, wikilinks = as_name(row[0]), row[1], row[2]
    if not title:
        raise ValueError("the title is empty")
    if bad := [link for link in wikilinks if not isinstance(link, str)]:
        raise ValueError(f"wikilinks holds {bad[0]!r}, not only str")
    for key, value in infobox.items():
        if isinstance(value, str) and _HALF_PAIR.search(value):
            raise ValueError(f"the infobox's {key!r} holds half of a surrogate pair, which is no character")
    return title, infobox, [topic(link) for link in wikilinks]


_HALF_PAIR = re.compile("[\ud800-\udfff]")  # JSON can write it, and no file can hold it


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def topic(link: str) -> str:
    """The article that a link leads to, lower-cased; "" if that is no topic.

    Raises:
        ValueError: the link is no name, see `embedviz.base.names.as_name`.
    """
    article = as_name(link.partition("#")[0].replace("_", " ")).removeprefix(":").strip().lower()
    prefix, colon, _ = article.partition(":")
    return "" if article in NOT_TOPICS["formats"] or colon and prefix.strip() in _PREFIXES else article


_COUNTRIES = {
    **dict.fromkeys(("us", "u.s.", "usa", "u.s.a.", "america", "united states of america"), "United States"),
    **dict.fromkeys(("uk", "u.k.", "great britain", "britain", "england", "scotland", "wales"), "United Kingdom"),
}


def from_infobox(box: dict) -> dict:
    """Authors, year, country, language, genres and publisher of a Wikipedia infobox, whose values are text for people.

    Of several countries, languages or publishers the first counts; of several dates the first year. Editors are no
    authors.
    """
    country, language = (next(iter(_parts(box, key)), None) for key in ("country", "language"))
    dates = (_plain(box.get(key)) for key in ("release_date", "pub_date", "published", "publication_date"))
    year = next((found[0] for found in map(_YEAR.search, dates) if found), None)
    return {
        "authors": _authors(_plain(box.get("author")) or _plain(box.get("authors"))),
        "year": int(year) if year else None,
        "country": country and _COUNTRIES.get(country.lower(), country),
        "language": re.sub(r" language$", "", language, flags=re.I) if language else None,
        "genres": list(dict.fromkeys(map(_sentence_case, _parts(box, "genre")))),
        "publisher": _plain(box.get("publisher")).partition("\n")[0] or None,
    }


_YEAR = re.compile(r"(?<!\d)(?:1\d|20)\d\d(?!\d)(?! BC)")


# Notes are found by hand: as one pattern, `<ref>.*?</ref>` looks through the rest of the text for each <ref> that
# nobody closed, and the time grows with the square of the text.
_NOTE = re.compile(
    r"(?P<comment><\s*!\s*--)|<\s*ref\b[^<>]*/\s*>|(?P<ref><\s*ref\b)|(?P<small><\s*small\s*>)|\([^()]*\)|[\[\]]", re.I
)
_NOTE_ENDS = {
    "comment": re.compile(r"--\s*>"),
    "ref": re.compile(r"<\s*/\s*ref\s*>", re.I),
    "small": re.compile(r"<\s*/\s*small\s*>", re.I),
}


def _without_notes(text: str) -> str:
    """`text` with a space for each comment, footnote, aside in brackets and square bracket; in linear time.

    A comment that nobody closed reaches to the end; a footnote that nobody closed is no footnote.
    """
    last = {kind: max((end.start() for end in ends.finditer(text)), default=-1) for kind, ends in _NOTE_ENDS.items()}
    parts, position = [], 0
    while found := _NOTE.search(text, position):
        parts.append(text[position : found.start()])
        kind, position = found.lastgroup, found.end()
        if kind is None or position <= last[kind]:
            parts.append(" ")
            position = position if kind is None else _NOTE_ENDS[kind].search(text, position).end()
        elif kind == "comment":
            parts.append(" ")
            position = len(text)
        else:
            parts.append(found.group())
    return "".join([*parts, text[position:]])


def _plain(value) -> str:
    """An infobox value without comments, footnotes, asides in brackets and tags; its items one a line."""
    text = re.sub(
        r"&#(\d{8,}|x[0-9a-f]{8,});?", " ", value if isinstance(value, str) else "", flags=re.I
    )  # no character
    text = html.unescape(text).replace("& nbsp;", " ")
    text = re.sub(r"<\s*br\s*(?:/\s*)?>|\n[^\S\n]*[*•·]|;", "\n", _without_notes(text), flags=re.I)
    lines = (_squeeze(line).strip(" ,") for line in re.sub(r"<[^<>]*>", " ", text).split("\n"))
    return "\n".join(line for line in lines if line)


def _parts(box: dict, key: str) -> list[str]:
    return [part for part in (_squeeze(part) for part in re.split(r"[\n,/]", _plain(box.get(key)))) if part]


def _sentence_case(name: str) -> str:
    """ "Science Fiction" is "Science fiction", but "LGBT" stays."""
    first, *others = (word if word.isupper() else word.lower() for word in name.split(" "))
    return " ".join([first[0].upper() + first[1:], *others])


def _authors(text: str) -> list[str]:
    """The names in "A, B and C"; "Last, First" is turned round, "X and Y Last" filled up, editors are left out."""
    names = []
    for line in re.sub(r",?\s*\b(?:M\.?D|Ph\.?D)\b\.?", "", text).split("\n"):
        if re.search(r"\bedit(ed|or)|\bed\.|^by\b|^completed by|^based ", line, flags=re.I):
            line = re.sub(
                r",?\s*\b(edited by|completed by|based (up)?on|editors?\b|eds?\.).*|^by\s+", "", line, flags=re.I
            )
        line = re.sub(r",\s*(Jr|Sr|I{2,3}|IV)\b", r" \1", line)
        parts = [_squeeze(part) for part in re.split(r",|\band\b|&|\bwith\b", line)]
        parts = [part for part in parts if part]
        if line.count(",") == 1 and len(parts) == 2 and " " not in parts[0] + parts[1]:
            parts = [f"{parts[1]} {parts[0]}"]
        elif " and " in line and len(parts) == 2 and " " not in parts[0] and " " in parts[1]:
            parts[0] += " " + parts[1].rpartition(" ")[2]
        names += parts
    return list(dict.fromkeys(names))
