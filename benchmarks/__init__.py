"""Speed and memory beside the peers, in one run: ``make bench``."""

__all__: list[str] = []
