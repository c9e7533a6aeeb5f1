"""How data get here, and stay.

| module | what it does |
|---|---|
| `artifacts` | names the files that datasets are made from, so that they cannot change |
| `package_index` | finds and downloads them, as pip is set up to |
| `transfer` | HTTP that does not trust the other side |
| `cache` | keeps their tables, and reads them back |
"""
