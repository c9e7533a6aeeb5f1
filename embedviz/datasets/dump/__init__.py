"""`embedviz build-books`: from a Wikipedia dump to books and the articles that they link to.

A dump is one or more bz2 files ("parts"). Each part is one task, done by a worker of Dask or in this process, and
written so that a kill at any moment loses no more than the parts in work.

| module | what it does |
|---|---|
| `download` | gets a part from a URL: goes on after a cut, checks size and checksum |
| `pages` | cuts pages out of a part, within bounds |
| `page_xml` | what a page's XML says |
| `titles` | what a link's text means: article, section, `File:`, `Category:`, another wiki |
| `infobox` | what a page's wikitext says: the book boxes, as text, and the links |
| `page_process` | does that in a process of its own, which may be ended for its time or memory |
| `page_reader` | what runs there |
| `task_files` | files of a task that are whole or not there |
| `scan` | first task of a part: its redirects, and the pages that may be books |
| `extract` | second task of a part: books, links and dead letters of those pages |
| `redirects` | follows redirects, loops too |
| `collect` | one table of books and one of links from all parts, and a summary |
| `engine` | does tasks here, on local processes, or on any Dask scheduler |
| `build` | all of it |
| `tables` | the tables' columns, and how they are written |
| `result` | reads what was built, for `load_books(folder)` |
| `excerpt` | a real, small dump that gensim's wheel brings along |

mwparserfromhell reads wikitext. It has hung, and has taken 30 GB for one revision (its issues 190 and 286): hence the
process of its own.
"""
