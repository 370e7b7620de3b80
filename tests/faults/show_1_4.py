"""The log under contention, kills and lost replies: every campaign behind `make show-1.4`, one after the other."""

from __future__ import annotations

import sys

from tests.faults import contention, http_kill, postgres_kill

if __name__ == "__main__":
    sys.argv[1:] = []
    sys.exit(max(campaign.main() for campaign in (contention, postgres_kill, http_kill)))
