"""Write the golden help text again: ``python -m tests.cli``."""

from __future__ import annotations

from tests.cli.test_commands import GOLDEN, help_of_all

if __name__ == "__main__":
    GOLDEN.write_text(help_of_all(), encoding="utf-8")
