"""The workbook as a static site: `make site`, or `python -m embedviz.publish.site`."""

import lazy_loader

# Each name is imported when it is first asked for: Sphinx is needed by those who build alone.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__, submod_attrs={"build": ["SiteError", "build_site"], "fresh": ["stale"], "outside": ["loads_from_outside"]}
)
