"""What a campaign must have shown: enough workflows, every attack tried and refused, every kind of judgement made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Refusals that say an attack was made and met.
TRIED = frozenset(
    {
        "self_approval_forbidden",
        "publisher_not_assignee",
        "completion_not_submitted",
        "assignment_not_accepted",
        "not_your_step",
        "approved_a_step_already",
        "correction_already_decided",
        "correction_unknown",
        "waiver_already_decided",
        "nothing_to_waive",
        "appeal_not_independent",
        "slip_not_confirmed",
        "slip_not_appealed",
        "appeal_already_decided",
        "sanction_not_decided",
        "sanction_already_decided",
        "discipline_not_appealed",
        "notice_missing",
        "role_lacking",
        "out_of_scope",
    }
)
JUDGED = frozenset(
    {
        "task evaluated",
        "task completion_rejected",
        "task extension_granted",
        "grade correction",
        "waiver",
        "slip confirmed",
        "slip appeal",
        "sanction",
        "discipline appeal",
    }
)


def verdict(counted: Mapping[str, Any], number: int) -> dict[str, object]:
    """What was wrong; nothing when the campaign showed what it is for."""
    wrong: dict[str, object] = dict(counted["wrong"])
    if (played := sum(counted["workflows"].values())) != number:
        wrong["workflows"] = played
    if counted["surprises"]:
        wrong["refused_though_allowed"] = counted["surprises"]
    if missing := sorted(TRIED - counted["refused"].keys()):
        wrong["never_tried"] = missing
    if missing := sorted(JUDGED - counted["judged"].keys()):
        wrong["never_judged"] = missing
    if not counted["borrowed"]:
        wrong["nothing_borrowed"] = True
    return wrong
