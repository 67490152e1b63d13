"""Simulations: real flows with a fault at every call to AWS, and the guarantees that must hold afterwards."""
