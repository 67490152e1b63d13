"""Mutation testing: mutmut changes the code on the path of the guarantees, and a test must fail for each change.

`run.py` starts mutmut with our operators, in a copy of the project that `workspace.py` makes, and `verdict.py`
compares what survived with docs/proof-mutants.csv. Only the proof imports this package.
"""
