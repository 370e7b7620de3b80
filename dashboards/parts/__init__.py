"""Parts of which the leaders' pages are put together."""
