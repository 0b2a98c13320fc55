"""Judging surveykit against numbers that other software recorded.

A *pack* is a folder with data, designs and calls of R's package ``survey`` together with what R answered (the format is
that of the reference data). Every call is read as text, translated into surveykit calls, and the answers are compared:

    python -m tests.oracles --pack FOLDER --json OUT

``syntax`` reads R, ``values`` and ``session`` compute what is plain R, ``expressions`` carries R's conditions into the
language of surveykit, ``functions`` translates function by function, ``judge`` compares and ``better`` lists where
another answer than R's is right, and why. Nothing depends on the name of an entry or of a data set.
"""

__all__: list[str] = []
