"""How data get here, and stay: pinned artifacts, the package index that they come from, and the cache of their tables."""
