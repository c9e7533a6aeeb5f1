"""Memory that is free goes back to the system, where other programs can have it."""

import ctypes
import sys


def release_memory() -> None:
    """Give back what this process has freed: glibc and Arrow keep it else, hundreds of megabytes after a big table.

    Takes some milliseconds; does nothing elsewhere, where allocators give back by themselves.
    """
    if arrow := sys.modules.get("pyarrow"):
        arrow.default_memory_pool().release_unused()
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        except (OSError, AttributeError):  # another C library, as musl
            pass
