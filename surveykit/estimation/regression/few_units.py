"""What a model says where the design leaves it few degrees of freedom."""

from __future__ import annotations

from surveykit.survey import Survey

__all__ = ["freedom_notes"]

#: Below so many design degrees of freedom linearised standard errors are clearly too small.
_FEW = 10


def freedom_notes(survey: Survey, design_df: float, coefficients: int, residual_df: float) -> tuple[str, ...]:
    """Notes on degrees of freedom that are few or none.

    Parameters
    ----------
    survey
        The survey of the model.
    design_df
        Degrees of freedom of the design.
    coefficients
        Number of coefficients.
    residual_df
        What is left of them.
    """
    if residual_df <= 0:
        text = (
            "No residual degrees of freedom: intervals and p-values are not defined. The design has "
            f"{design_df:g} for {coefficients} coefficients: leave terms out, or take smaller sampling units."
        )
        return (text,)
    if design_df < _FEW and survey.replicates is None and not survey.structure.by_moments:
        text = (
            f"Few sampling units ({design_df:g} design degrees of freedom): linearised standard errors are too small. "
            "Linear models have small_sample='satterthwaite' and wild_cluster_bootstrap; others, a jackknife."
        )
        return (text,)
    return ()
