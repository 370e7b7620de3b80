"""Adapters: PostgreSQL, keys, clock, desk, projector, command line.  Only cli and demo know areas."""
