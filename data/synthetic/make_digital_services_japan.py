"""Make the invented answers of this folder from the targets files beside this script.

No firm and no creator was asked. Run ``python data/synthetic/make_digital_services_japan.py``; the same bytes come out
every time. Columns and codes are the instruments', routing and rules are obeyed, blanks are questions that were not
put. What is published and what is assumed stands in the targets files.
"""

from __future__ import annotations

from pathlib import Path

from surveykit.instrument import read_instrument
from surveykit.responses.simulation import as_asked, read_targets, simulate, target_table

HERE = Path(__file__).parent
# File, instrument, sound respondents, interviews that the screener ended, seed (first day of the published fieldwork).
SAMPLES = (
    ("SYNTHETIC_digital_services_japan.csv", "digital_services_firm", 600, 60, 20240705),
    ("SYNTHETIC_creators_japan.csv", "creators", 120, 0, 20240705),
)


def make(folder: Path = HERE) -> None:
    """Write every sample, and beside it how near it comes to what was published."""
    for file, name, n, screened, seed in SAMPLES:
        instrument = read_instrument(HERE.parents[1] / "instruments" / f"{name}.yaml")
        targets = read_targets(HERE / f"{name}.targets.yaml", instrument)
        responses = simulate(instrument, targets, n, seed, screened=screened)
        as_asked(responses).to_csv(folder / file, index=False, lineterminator="\n")
        fit = target_table(responses, targets).drop(columns="quote").round(2)
        fit.to_csv(folder / file.replace(".csv", "_targets.csv"), lineterminator="\n")


if __name__ == "__main__":
    make()
