"""Buttons that open a chapter elsewhere, in Binder and in Colab: they need to know where the workbook is published."""

import re
from collections.abc import Iterable
from pathlib import Path

from embedviz.publish.colab import install_source, write_colab_notebooks

COLAB = "https://colab.research.google.com"
COLAB_FOLDER = "colab"  # of the site

_GITHUB = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+?(?:\.git)?/?")
_GITLAB = re.compile(r"https://gitlab\.com/[\w.-]+/[\w.-]+?(?:\.git)?/?")


def launching(repository: str | None, branch: str, folder: str = "notebooks", colab: bool = False) -> dict:
    """The theme's options for launch buttons.

    Args:
        repository: its address on GitHub or GitLab; None: it is published nowhere that we know, and there are none.
        branch: that they open.
        folder: of the chapters in the repository.
        colab: whether Colab is among them, see `open_in_colab`.

    Raises:
        ValueError: another address, or no name of a branch.
    """
    if repository is None:
        return {}
    if not (_GITHUB.fullmatch(repository) or _GITLAB.fullmatch(repository)):
        raise ValueError(
            f"repository {repository!r}: Binder and Colab open https://github.com/OWNER/NAME, and Binder alone "
            "https://gitlab.com/OWNER/NAME"
        )
    if not re.fullmatch(r"[\w./-]+", branch):
        raise ValueError(f"branch {branch!r}: no branch has such a name")
    address = _address(repository)
    buttons = {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"}
    if colab:
        buttons["colab_url"] = COLAB
    return {
        "repository_url": address,
        "repository_branch": branch,
        "path_to_docs": folder,
        "use_repository_button": True,
        "launch_buttons": buttons,
    }


def _address(repository: str) -> str:
    """Without what may stand at its end."""
    return re.sub(r"(\.git)?/?$", "", repository)


def files_at(repository: str | None, branch: str) -> str | None:
    """Where the repository's files are to be read; None where there is none."""
    if repository is None:
        return None
    address = _address(repository)
    return f"{address}/-/blob/{branch}" if _GITLAB.fullmatch(repository) else f"{address}/blob/{branch}"


def open_in_colab(site: Path, notebooks: Iterable[Path], repository: str, branch: str, site_branch: str) -> None:
    """Let the buttons open notebooks of the site that install what they need: those in the repository do not.

    Colab opens files of a branch on GitHub. One that holds the site, as GitHub Pages serves it, holds them too.

    Args:
        site: its folder, complete but for these notebooks.
        notebooks: the chapters.
        repository: address on GitHub.
        branch: from which the package is installed.
        site_branch: which holds the site.

    Raises:
        ValueError: another address, no name of a branch, or a chapter's page has no such button.
    """
    source, address = install_source(repository, branch), _address(repository)
    install_source(repository, site_branch)  # refuses what is no name of a branch
    opened = f"{COLAB}/github/{address.removeprefix('https://github.com/')}/blob/"
    for path in write_colab_notebooks(site / COLAB_FOLDER, source, notebooks):
        page = site / f"{path.stem}.html"
        text, old = page.read_text(encoding="utf-8"), f"{opened}{branch}/notebooks/{path.name}"
        if old not in text:
            raise ValueError(f"{page.name} has no button for {old}: the theme is not as it was, see launch.py")
        new = f"{opened}{site_branch}/{COLAB_FOLDER}/{path.name}"
        page.write_text(text.replace(old, new), encoding="utf-8")
