"""One program a peer: it prints a line of JSON with times, memory and results."""

__all__: list[str] = []
