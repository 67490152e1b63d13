"""Commands for operators, one module each, run by `make`. Only tests import them."""
