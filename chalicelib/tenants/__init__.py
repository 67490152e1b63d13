"""Tenants, the businesses that all rows belong to. `auth` and the packages above it may import it."""
