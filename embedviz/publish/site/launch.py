"""Buttons that open a chapter elsewhere, in Binder and in Colab: they need to know where the workbook is published."""

import re

_GITHUB = re.compile(r"https://github\.com/[\w.-]+/[\w.-]+?(?:\.git)?/?")
_GITLAB = re.compile(r"https://gitlab\.com/[\w.-]+/[\w.-]+?(?:\.git)?/?")


def launching(repository: str | None, branch: str, folder: str = "notebooks") -> dict:
    """The theme's options for launch buttons.

    Args:
        repository: its address on GitHub or GitLab; None: it is published nowhere that we know, and there are none.
        branch: that they open.
        folder: of the chapters in the repository.

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
    address = re.sub(r"(\.git)?/?$", "", repository)
    buttons = {"binderhub_url": "https://mybinder.org", "notebook_interface": "jupyterlab"}
    if _GITHUB.fullmatch(repository):
        buttons["colab_url"] = "https://colab.research.google.com"
    return {
        "repository_url": address,
        "repository_branch": branch,
        "path_to_docs": folder,
        "use_repository_button": True,
        "launch_buttons": buttons,
    }


def files_at(repository: str | None, branch: str) -> str | None:
    """Where the repository's files are to be read; None where there is none."""
    if repository is None:
        return None
    address = re.sub(r"(\.git)?/?$", "", repository)
    return f"{address}/-/blob/{branch}" if _GITLAB.fullmatch(repository) else f"{address}/blob/{branch}"
