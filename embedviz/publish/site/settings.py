"""How Sphinx makes the site: what `sphinx-build` would read from conf.py."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

from embedviz import __version__
from embedviz.course.places import heading_id
from embedviz.publish.site.launch import launching

STATIC, TEMPLATES = (Path(__file__).parent / name for name in ("static", "templates"))
_SIDE = ("navbar-logo.html", "icon-links.html", "search-button-field.html", "sbt-sidebar-nav.html")  # the theme's
MATHJAX_FILE = "mathjax/es5/tex-svg-full.js"  # in _static

# Formulas are drawn as SVG by one file: no fonts, no menu, and nothing else that would be loaded afterwards.
MATHJAX = {
    "options": {"enableMenu": False, "processHtmlClass": "tex2jax_process|mathjax_process|math|output_area|ev-math"},
    "svg": {"fontCache": "global"},
    "tex": {"inlineMath": [["\\(", "\\)"]]},
}


def settings(
    static: Path,
    extra: Path,
    repository: str | None,
    branch: str,
    colab: bool = False,
    also: Sequence[tuple[str, str]] = (),
) -> dict:
    """The configuration of Sphinx.

    Args:
        static: folder that holds `MATHJAX_FILE`.
        extra: folder of what is copied as it is.
        repository: its address, for launch buttons; None: there are none.
        branch: that these open.
        colab: whether one of them opens Colab.
        also: (words, address) of the pages in the side menu that Sphinx does not make.

    Raises:
        ValueError: no launch button can be made for this repository.
    """
    return {
        "project": "embedviz",
        "author": "The embedviz founders",
        "copyright": "The embedviz founders. Code: BSD 3-Clause; prose and figures: CC BY 4.0",
        "version": __version__,
        "language": "en",
        "smartquotes": False,  # the chapters' own
        "extensions": ["myst_nb", "embedviz.publish.site.glossary"],
        "root_doc": "index",
        "source_suffix": {".md": "myst-nb", ".ipynb": "myst-nb"},
        "html_theme": "sphinx_book_theme",
        "html_title": "embedviz",
        "html_theme_options": {
            "show_toc_level": 2,
            "use_download_button": False,
            "use_fullscreen_button": False,
            "home_page_in_toc": True,
            **dict.fromkeys(
                ("navbar_start", "navbar_center", "navbar_end", "navbar_persistent"), []
            ),  # all at the side
            "navigation_with_keys": False,  # arrow keys belong to the widgets
            "footer_content_items": "copyright.html",  # which names the authors
            **launching(repository, branch, colab=colab),
        },
        "html_context": {"default_mode": "auto", "also": also},  # light or dark, as the reader's computer is
        "html_sidebars": {"**": [*_SIDE, "also.html"]},
        "templates_path": [str(TEMPLATES)],
        "html_use_index": False,
        "html_static_path": [str(STATIC), str(static)],
        "html_extra_path": [str(extra)],
        "html_css_files": ["site.css"],
        "html_js_files": [(name, {"defer": "defer"}) for name in ("anchoring.js", "living.js", "wide.js")],
        "html_show_sourcelink": False,
        "html_copy_source": False,
        "html_permalinks_icon": "#",
        "html_show_sphinx": False,
        "mathjax_path": MATHJAX_FILE,
        "mathjax3_config": MATHJAX,
        "myst_update_mathjax": False,
        "myst_enable_extensions": ["dollarmath", "amsmath", "strikethrough"],
        "myst_dmath_double_inline": True,
        "myst_heading_anchors": 6,
        "myst_heading_slug_func": heading_id,
        "nb_execution_mode": "off",
        "nb_render_markdown_format": "myst",
        "nb_merge_streams": True,
        # A callable is no text that could be compared with that of the build before; each build is a new one.
        "suppress_warnings": ["config.cache"],
    }


def published(pyproject: Path) -> str | None:
    """The repository's address from `[project.urls]` of pyproject.toml; None where it tells none."""
    if not pyproject.is_file():
        return None
    urls = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"].get("urls", {})
    return next((url for name, url in urls.items() if re.fullmatch("repository|source", name, re.IGNORECASE)), None)
