"""What a page's wikitext says: its book boxes, as text for people, and its links."""

from collections.abc import Collection, Mapping

from embedviz.base.names import tidy
from embedviz.datasets.dump.titles import read_link, template_name
from embedviz.datasets.wikipedia import from_infobox

#: Templates inside a box by what they show: each value on a line, the parts of a date, one of their values.
LISTS = frozenset(
    "plainlist;plain list;flatlist;flat list;hlist;ubl;ublist;unbulleted list;unbulletedlist;bulleted list;"
    "indented plainlist;cslist;collapsible list;csv".split(";")
)
DATES = frozenset(
    "start date;start-date;startdate;dts;date;film date;release date;publication date;birth date;end date;"
    "start date and age;circa;c.;ca;c;released;year".split(";")
)
FIRST_SHOWN = frozenset(
    "nowrap;nobr;nobold;small;smaller;big;larger;ill;interlanguage link;flag;flagu;flagcountry;abbr;noitalic;"
    "nihongo;awrap;wrap;avoid wrap;longitem;nbsp wrap;center;my".split(";")
)
LAST_SHOWN = frozenset("lang;langx;transl;transliteration;color;font color;script".split(";"))
NOT_SHOWN = frozenset("ref;style;script;gallery;math;references;templatestyles;timeline".split(";"))
_OPTIONS = ("class", "style", "title", "df", "list_style", "item_style", "indent")


def read_wikitext(
    text: str, title: str, box_names: Collection[str], namespaces: Mapping[str, int]
) -> dict[str, list | int]:
    """The book boxes and the links of a page.

    Args:
        text: wikitext.
        title: of the page.
        box_names: of the box and its redirects, as `template_name` writes them.
        namespaces: see `titles.read_namespaces`.

    Returns:
        "boxes": what `from_infobox` says of each box, in the page's order; "links": [title, section, kind] of each
        link, each once, in the page's order, those in boxes and notes too; "not_links": how many are none.

    Raises:
        whatever mwparserfromhell does, which may also hang, or take all memory: see `page_process`.
    """
    import mwparserfromhell

    code = mwparserfromhell.parse(text, skip_style_tags=True)
    boxes = [
        from_infobox(box_values(template))
        for template in code.filter_templates(recursive=True)
        if template_name(plain_text(template.name)) in box_names
    ]
    found = [read_link(str(link.title), title, namespaces) for link in code.filter_wikilinks(recursive=True)]
    links = list(dict.fromkeys(link for link in found if link is not None))
    return {"boxes": boxes, "links": [list(link) for link in links], "not_links": found.count(None)}


def box_values(template) -> dict[str, str]:
    """The named values of a template as text, {name in lower case, with underscores: value}; the last of a name."""
    values = {}
    for parameter in template.params:
        if parameter.showkey:
            name = "_".join(plain_text(parameter.name).lower().replace("_", " ").split())
            values[name] = plain_text(parameter.value)
    return values


def plain_text(code) -> str:
    """Wikitext as people see it, the items of lists on lines of their own; notes, pictures and comments left out.

    Args:
        code: of mwparserfromhell, or None.
    """
    return "".join(map(_shown, code.nodes)) if code is not None else ""


def _shown(node) -> str:
    from mwparserfromhell import nodes

    if isinstance(node, nodes.Text):
        return str(node).replace("'''", "").replace("''", "")
    if isinstance(node, nodes.HTMLEntity):
        return _character(node)
    if isinstance(node, nodes.Wikilink):
        if str(node.title).strip().lower().startswith(("file:", "image:", "category:")):
            return ""
        return plain_text(node.text if node.text is not None else node.title)
    if isinstance(node, nodes.ExternalLink):
        return plain_text(node.title)
    if isinstance(node, nodes.Tag):
        name = str(node.tag).strip().lower()
        if name in NOT_SHOWN:
            return ""
        return "\n" if name in ("br", "li", "dd", "dt", "hr") else plain_text(node.contents)
    if isinstance(node, nodes.Template):
        return _shown_template(node)
    return ""  # comments, arguments, headings


def _shown_template(node) -> str:
    name = template_name(plain_text(node.name))
    values = [plain_text(parameter.value) for parameter in node.params if _is_item(parameter)]
    if name in LISTS:
        return "\n" + "\n".join(values) + "\n"
    if name in DATES:
        return "-".join(tidy(value) for value in values if value.strip())
    if name in FIRST_SHOWN:
        return values[0] if values else ""
    if name in LAST_SHOWN:
        return values[-1] if values else ""
    if name in ("sortname", "sort name"):
        return " ".join(values[:2])
    return "\n" if name in ("break", "br", "-", "clear") else " " if name in ("nbsp", "spaces", "·", "•") else ""


def _is_item(parameter) -> bool:
    """Whether a value is one of a list's or a date's own: it has no name, or a number."""
    return not parameter.showkey or str(parameter.name).strip().isdigit()


def _character(node) -> str:
    try:
        return node.normalize()
    except (ValueError, OverflowError):  # a number that is no character
        return ""
