"""ts-fsrs for a page: its memory model, with all the digits that py-fsrs has.

`js/phone/schedule.js` says in what ts-fsrs and py-fsrs differ, and mends most of it around ts-fsrs. Two differences lie
within its formulas, so they are taken out of its text here. Its formulas themselves stay as they are.
"""

import re

from embedviz.datasets.web_libraries import TS_FSRS, library_files

# (what it says, what the page has instead, how often it says so)
CHANGES = (
    # It rounds stability, difficulty and recall to 8 decimals at each step.
    (r"(function roundTo\(num, decimals\) \{)[^}]*\}", r"\1 return num; }", 1),
    # It lets no stability grow beyond 36,500 days.
    (r"S_MIN,(\s*)36500", r"S_MIN,\1Infinity", 3),
)


def algorithm() -> str:
    """JavaScript that makes a constant `FSRSAlgorithm`, the class of ts-fsrs, and nothing else.

    Raises:
        ValueError: the library is not written as it was.
        DatasetError: it has to be fetched, and cannot be.
    """
    files = library_files(TS_FSRS)
    code, license_text = (files[name].decode() for name in ("dist/index.mjs", "LICENSE"))
    changes = (*CHANGES, (r"^export \{[^}]*\};\s*", "", 1))
    for pattern, instead, times in changes:
        code, found = re.subn(pattern, instead, code, flags=re.MULTILINE)
        if found != times:
            raise ValueError(f"ts-fsrs has {pattern!r} {found} times, {times} were expected: is it another version?")
    note = f"ts-fsrs {TS_FSRS.artifact.version}, changed by embedviz/publish/ts_fsrs.py\n\n{license_text}"
    return f"/*!\n{note}*/\nconst FSRSAlgorithm = (() => {{\n{code}\nreturn FSRSAlgorithm;\n}})();\n"
