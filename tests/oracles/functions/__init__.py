"""The translations, one file a family; importing them fills the table."""

from tests.oracles.functions import accessors, descriptive, designs, models, replicates

__all__ = ["accessors", "descriptive", "designs", "models", "replicates"]
