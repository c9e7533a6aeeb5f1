"""What every other room stands on, and what knows nothing of embeddings: files, names, arrays, facts in frames.

| module | what it decides |
|---|---|
| `files` | how a file is written, read and named |
| `names` | when two names are one, and which name a spelling means |
| `arrays` | which arrays may be computed with |
| `facts` | how the rows of a frame and names are brought together |
"""
