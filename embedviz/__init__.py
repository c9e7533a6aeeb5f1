"""embedviz: the package behind a workbook that teaches neural-network embeddings.

Data flows one way, and there is one module for each step::

    datasets → pairs → models + losses → training → table → neighbors / features / projection → widgets
"""

__version__ = "0.1.0"
