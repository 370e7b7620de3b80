"""What `make trace` looks for is whole: no refusal is worded that no test meets."""

from __future__ import annotations

from tests.trace import expected, unmet


def test_every_refusal_is_met_by_a_test():
    assert unmet() == []


def test_a_refusal_that_no_test_speaks_of_would_be_found():
    assert "_".join(("never", "met")) not in expected()
    assert {"weights_total", "slip_already_issued", "extension_too_long"} <= expected()  # a call, a helper, a table
