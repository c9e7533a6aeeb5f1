"""What leaves the laptop: the site, the slides, and what a class hands out and collects."""

import lazy_loader

# Each name is imported when it is first asked for, so that a room costs no more than what is used of it.
__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "headings": ["chapter_links"],
        "drills_page": ["write_drills_page"],
        "pages": ["make_pages"],
        "site": ["build_site"],
    },
)
