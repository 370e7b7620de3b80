"""What the longer campaigns found, kept in var/show/<issue>.<n>.json."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path


def keep(shown: str, campaign: str, told: Mapping[str, object], wrong: Mapping[str, object]) -> int:
    """Add one campaign's findings to the file and print them; 0 when nothing was wrong, else 1."""
    file = Path(os.environ.get("CAMPUS_DATA", "./var")) / "show" / f"{shown}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    found = {"at": datetime.now(UTC).isoformat(timespec="seconds"), **told, "wrong": dict(wrong)}
    kept[campaign] = found
    file.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps({campaign: found}, indent=2, ensure_ascii=False) + "\n")
    return 1 if wrong else 0
