"""A delivery day that is played on the running local stack. Only `make demo` and tests use it."""
