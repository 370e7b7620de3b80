"""A college of many people of whom most are erased, and the search for whatever is left of them."""
