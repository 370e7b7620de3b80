"""Approval routes 审批流程: frozen at submission, walked step by step, never by the requester.  Seed: D14, D17, D42."""

from __future__ import annotations

from collections.abc import Sequence

from domain import Actor, Conflict, DepartmentId, Fact, Line, NotAllowed

REFUSALS = {
    "not_your_step": ("当前环节不由您审批", "The current step is not yours to decide"),
    "route_finished": ("审批已结束", "The route is already finished"),
    "approved_a_step_already": (
        "您已审批过本流程的前一环节",
        "You have already approved an earlier step of this route",
    ),
}


class Step(Fact):
    """One step: the role that decides it, and the department whose holder of that role is meant (None: the college)."""

    role: Line
    department_id: DepartmentId | None = None


class Route(Fact):
    """The steps of one request, in order, as frozen into its first event."""

    steps: tuple[Step, ...]

    def check(self, passed: Sequence[str], requester: str, actor: Actor) -> bool:
        """Whether this approval is the last one; raises if the actor may not give it.

        `passed` are the persons who approved the earlier steps.  Raises `self_approval_forbidden`,
        `approved_a_step_already`, `not_your_step`, `route_finished`.
        """
        if len(passed) >= len(self.steps):
            raise Conflict("route_finished")
        step = self.steps[len(passed)]
        if requester in (actor.person_id, actor.on_behalf_of):
            raise NotAllowed("self_approval_forbidden", requester=requester)
        if actor.person_id in passed or (actor.on_behalf_of and actor.on_behalf_of in passed):
            raise NotAllowed("approved_a_step_already")
        if actor.role != step.role or (step.department_id and actor.department_id not in (None, step.department_id)):
            raise NotAllowed("not_your_step", role=step.role)
        return len(passed) + 1 == len(self.steps)


def route(text: str, department_id: str) -> Route:
    """A route from its policy text: roles joined by ">", with "@" after those of the department concerned.

    "head@>academic" is the department's head, then academic affairs.
    """
    steps = (s.strip() for s in text.split(">") if s.strip())
    return Route(
        steps=tuple(
            Step(role=s.removesuffix("@"), department_id=department_id if s.endswith("@") else None) for s in steps
        )
    )
