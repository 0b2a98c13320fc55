"""Scenarios on an inter-country table: what dearer or withdrawn inputs do, under stated assumptions."""

__all__: list[str] = []
