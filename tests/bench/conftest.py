"""Benchmarks share the end-to-end tests' stack. They print; they assert only that what they measure happened."""

from tests.e2e.conftest import stack

__all__ = ["stack"]
