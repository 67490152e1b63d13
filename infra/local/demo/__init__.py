"""Simulates a delivery day on the running local stack. Only `make demo` and tests use it."""
