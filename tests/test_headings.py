"""Links from a page of the site to the headings of its chapters."""

import pytest

from embedviz.course import places
from embedviz.publish import chapter_links

HEADING = '<section id="{id}">\n<h2>{text}<a class="headerlink" href="#{id}" title="Link">#</a></h2>\n</section>\n'


def test_a_heading_is_found_however_sphinx_writes_it(tmp_path):
    text = '<h2> Contents </h2><a class="headerlink" href="#no">#</a>'
    written = (
        ("an-embedding", "3. An embedding is <em>one-hot</em> times a <code>matrix</code>"),
        ("true-or-false", "Loss &amp; gain: true or false?"),
        ("again", "Again"),
        ("id1", "Again"),
    )
    text += "".join(HEADING.format(id=name, text=heading) for name, heading in written)
    page = places.chapter_file(1).with_suffix(".html").name
    (tmp_path / page).write_text(text, encoding="utf-8")
    link = chapter_links(tmp_path)
    assert link(1, "3. An embedding is *one-hot* times a `matrix`") == f"../{page}#an-embedding"
    assert link(1, "Loss & gain: true or false?") == f"../{page}#true-or-false"
    assert link(1, "Again") == f"../{page}#again"
    with pytest.raises(ValueError, match="no heading 'Contents'"):
        link(1, "Contents")
    with pytest.raises(FileNotFoundError):
        link(2, "Again")
