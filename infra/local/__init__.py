"""The whole system on one machine: emulated AWS, gateways and seed data. Only tests and `make run` use it."""
