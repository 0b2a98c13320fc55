"""Make the invented answers of this folder from the targets files beside this script.

No firm, no creator and no expert was asked. Run ``python data/synthetic/make_digital_services_japan.py``; the same
bytes come out every time. Columns and codes are the instruments', routing and rules are obeyed, blanks are questions
that were not put. What is published and what is assumed stands in the targets files.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from surveykit.instrument import read_instrument
from surveykit.responses.simulation import as_asked, read_targets, simulate, target_table

HERE = Path(__file__).parent
FIRMS = "SYNTHETIC_digital_services_japan.csv"
CREATORS = "SYNTHETIC_creators_japan.csv"
# Instrument, sound respondents, interviews that the screener ended, seed (first day of the fieldwork or of the source).
SAMPLES = {
    FIRMS: ("digital_services_firm", 600, 60, 20240705),
    CREATORS: ("creators", 120, 0, 20240705),
    "SYNTHETIC_overseas_barriers.csv": ("overseas_barriers", 400, 0, 20250401),
    "SYNTHETIC_rule_positions_firms.csv": ("rule_positions", 220, 0, 20250401),
    "SYNTHETIC_dfft_experts.csv": ("dfft_experts", 40, 0, 20211101),
    "SYNTHETIC_data_risk.csv": ("data_risk", 240, 0, 20250127),
}


def make(file: str = FIRMS) -> pd.DataFrame:
    """Answers of one sample, ``(n, columns)``; the fit to the published numbers is in ``attrs["fit"]``."""
    name, n, screened, seed = SAMPLES[file]
    instrument = read_instrument(HERE.parents[1] / "instruments" / f"{name}.yaml")
    targets = read_targets(HERE / f"{name}.targets.yaml", instrument)
    responses = simulate(instrument, targets, n, seed, screened=screened)
    answers = as_asked(responses)
    if targets.published:
        answers.attrs["fit"] = target_table(responses, targets).drop(columns="quote").round(2)
    return answers


if __name__ == "__main__":
    for sample in SAMPLES:
        made = make(sample)
        made.to_csv(HERE / sample, index=False, lineterminator="\n")
        if "fit" in made.attrs:
            made.attrs["fit"].to_csv(HERE / sample.replace(".csv", "_targets.csv"), lineterminator="\n")
