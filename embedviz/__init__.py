"""embedviz: the package behind a workbook that teaches neural-network embeddings.

Data flows through its rooms in one direction, and a room knows only those before it::

    base → datasets → inputs → models, space → train → measure → widgets → course
"""

__version__ = "0.1.0"
