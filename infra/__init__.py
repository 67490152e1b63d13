"""Packaging, templates and deployment, and tools for operators. Nothing in `chalicelib` may import it."""
