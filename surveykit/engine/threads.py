"""Small products of matrices run on one thread: handing them out costs more than it saves and stalls a busy machine."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

__all__ = ["one_thread"]


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[Any]:
    """Limit the linear-algebra libraries of this process to one thread, for a while."""
    limiter: AbstractContextManager[Any] = _controller().limit(limits=1)
    return limiter
