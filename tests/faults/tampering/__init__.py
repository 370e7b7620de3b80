"""Tampering with a sealed log in every way we could think of; each is counted as found or missed."""
