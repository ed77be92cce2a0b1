"""What stops a benchmark."""

from __future__ import annotations


class BenchError(Exception):
    """Something is missing or went wrong, in a sentence."""
