"""Oracles that the project owns: an invented sample of firms, run through R by a script kept beside its numbers.

``generate.py`` makes ``data/firms.csv`` from a seed, ``oracle.R`` runs the calls and writes ``oracle.json`` in the pack
format, so that a clone without the reference data still tests against R:

    python -m tests.oracles.own.generate
    Rscript tests/oracles/own/oracle.R tests/oracles/own
    python -m tests.oracles --pack tests/oracles/own
"""

__all__: list[str] = []
