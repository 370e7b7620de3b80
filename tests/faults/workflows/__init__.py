"""A college at work by dice, honestly and otherwise: tasks, corrections and appeals, with authority lent at random."""
