"""What the commands on one session's roll share."""

from __future__ import annotations

from typing import Any

from domain import Actor, person_of


def own_session(command: Any, state: Any, actor: Actor) -> bool:
    """c: a teacher of the session, or who acts for one."""
    return bool({actor.person_id, actor.on_behalf_of} & set(state.session.teacher_ids))


def the_student(command: Any, state: Any, actor: Actor) -> bool:
    """o: the student concerned."""
    return actor.person_id == person_of(command.student_id)
