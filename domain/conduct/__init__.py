"""Conduct 奖罚与处分: slips for what students do well or badly, talks with them, and formal sanctions.  Seed: D16.

Points count once a slip is confirmed, and go out again when it is revoked or an appeal is upheld.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from domain.conduct import rules
from domain.conduct.appeals import (
    AppealSlip as AppealSlip,
    DecideSlipAppeal as DecideSlipAppeal,
    LapseSlipAppeal as LapseSlipAppeal,
)
from domain.conduct.case import (
    MEASURES as MEASURES,
    DefenceRecorded as DefenceRecorded,
    DisciplineAgreed as DisciplineAgreed,
    DisciplineAppealDecided as DisciplineAppealDecided,
    DisciplineAppealed as DisciplineAppealed,
    DisciplineDecided as DisciplineDecided,
    DisciplineDelivered as DisciplineDelivered,
    DisciplineLifted as DisciplineLifted,
    Measure as Measure,
    SanctionDismissed as SanctionDismissed,
    SanctionNoticeRecorded as SanctionNoticeRecorded,
    SanctionProposed as SanctionProposed,
)
from domain.conduct.catalogue import (
    DefineSlipCategory as DefineSlipCategory,
    RetireSlipCategory as RetireSlipCategory,
    SlipCategoryDefined as SlipCategoryDefined,
    SlipCategoryRetired as SlipCategoryRetired,
)
from domain.conduct.escalating import EscalateSlip as EscalateSlip
from domain.conduct.events import (
    EducationTalkRecorded as EducationTalkRecorded,
    OfSlip as OfSlip,
    SlipAcknowledged as SlipAcknowledged,
    SlipAppealDecided as SlipAppealDecided,
    SlipAppealed as SlipAppealed,
    SlipAppealLapsed as SlipAppealLapsed,
    SlipConfirmationLapsed as SlipConfirmationLapsed,
    SlipConfirmed as SlipConfirmed,
    SlipEscalated as SlipEscalated,
    SlipIssued as SlipIssued,
    SlipReturned as SlipReturned,
    SlipRevoked as SlipRevoked,
)
from domain.conduct.handling import (
    AcknowledgeSlip as AcknowledgeSlip,
    ConfirmSlip as ConfirmSlip,
    LapseSlipConfirmation as LapseSlipConfirmation,
    ReturnSlip as ReturnSlip,
    RevokeSlip as RevokeSlip,
)
from domain.conduct.issuing import IssueSlip as IssueSlip
from domain.conduct.remedies import (
    AppealDiscipline as AppealDiscipline,
    DecideDisciplineAppeal as DecideDisciplineAppeal,
    LiftDiscipline as LiftDiscipline,
)
from domain.conduct.retold import RETOLD as RETOLD
from domain.conduct.sanctions import (
    DecideDiscipline as DecideDiscipline,
    DeliverDiscipline as DeliverDiscipline,
    DismissSanction as DismissSanction,
    RecordDefence as RecordDefence,
    RecordSanctionNotice as RecordSanctionNotice,
)
from domain.conduct.talks import RecordEducationTalk as RecordEducationTalk
from domain.duties import Done, Due

POLICIES = rules.POLICIES
REFUSALS = {
    "slip_category_unknown": ("奖罚目录中没有这一项目", "The catalogue has no such category"),
    "slip_category_already_defined": (
        "该项目已以其他内容设置,须先停用",
        "The category is already defined otherwise; retire it first",
    ),
    "slip_category_retired": ("该奖罚项目已停用", "The category is retired"),
    "points_range_reversed": ("分值下限高于上限", "The least points are more than the most"),
    "points_out_of_range": ("分值超出该项目的范围", "The points are outside the range of the category"),
    "penalty_too_old": ("已过罚单追溯期限", "It happened too long ago for a penalty"),
    "day_in_the_future": ("日期尚未到来", "The day has not come yet"),
    "student_not_active": ("该日学生不在籍", "The student was not enrolled on that day"),
    "slip_already_issued": ("该编号已开具为别的奖罚单", "Another slip was issued under this id"),
    "slip_unknown": ("没有这张奖罚单", "There is no such slip"),
    "slip_closed": ("该奖罚单已退回、撤销或经申诉取消", "The slip was returned, revoked or overturned"),
    "slip_already_confirmed": ("该奖罚单已核实,只能撤销", "The slip is confirmed already; it can only be revoked"),
    "slip_not_confirmed": ("该奖罚单尚未核实", "The slip is not confirmed yet"),
    "counselor_confirms": ("应由该班辅导员核实", "It is for the counselor of the class to verify"),
    "confirmation_not_due": ("核实期限未到", "The time for confirming is not over yet"),
    "reward_not_appealable": ("奖单不受理申诉", "There is no appeal against a reward"),
    "slip_already_appealed": ("该罚单已申诉过", "An appeal against this slip was made already"),
    "slip_not_appealed": ("该罚单没有申诉", "There is no appeal against this slip"),
    "appeal_too_late": ("已过申诉期限", "The time for an appeal is over"),
    "appeal_open": ("申诉尚未裁决", "An appeal is still open"),
    "appeal_already_decided": ("申诉已有结论", "The appeal has been decided already"),
    "appeal_not_independent": (
        "参与过该事项的人不得裁决其申诉",
        "Whoever took part in the matter does not decide its appeal",
    ),
    "answer_not_due": ("申诉答复期限未到", "The time for deciding the appeal is not over yet"),
    "talk_already_recorded": ("该编号已记录为别的谈话", "Another talk was recorded under this id"),
    "slip_of_another_student": ("奖罚单不属于同一学生", "The slips are not of the same student"),
    "slip_already_escalated": ("该罚单已上报处分", "The slip was escalated already"),
    "reward_not_sanctionable": ("奖单不能作为处分依据", "A reward is no ground for a sanction"),
    "sanction_unknown": ("没有这一处分事项", "There is no such sanction"),
    "sanction_already_proposed": ("该编号已用于别的处分事项", "Another sanction was proposed under this id"),
    "sanction_already_decided": ("该处分事项已有结论", "The sanction has been decided already"),
    "sanction_not_decided": ("处分尚未决定", "The sanction has not been decided"),
    "day_before_the_step_before": ("日期早于上一环节", "The day is before that of the step before"),
    "notice_already_recorded": ("处分告知已记录", "The notice is recorded already"),
    "notice_missing": ("尚未告知学生", "The student has not been given notice"),
    "defence_already_recorded": ("陈述申辩已记录", "The defence is recorded already"),
    "defence_missing": ("尚未听取陈述申辩,也未记录放弃", "The defence was neither heard nor waived"),
    "defence_period_running": ("陈述申辩期未满", "The days of the defence are not over"),
    "statement_or_waiver": ("须有陈述内容,或记录放弃,二者取一", "Either a statement or a waiver, and not both"),
    "grounds_fell_away": ("所依据的罚单已不成立", "A slip it rests on no longer stands"),
    "heavier_than_proposed": ("不得重于已告知的处分", "The measure is heavier than the one announced"),
    "expulsion_has_no_period": ("开除学籍不设处分期", "An expulsion has no period"),
    "months_out_of_range": ("处分期须在规定月数之内", "The period is outside the months allowed"),
    "discipline_already_delivered": ("处分决定已送达", "The decision was delivered already"),
    "discipline_not_delivered": ("处分决定尚未送达", "The decision has not been delivered"),
    "discipline_already_appealed": ("该处分已申诉过", "An appeal against this sanction was made already"),
    "discipline_not_appealed": ("该处分没有申诉", "There is no appeal against this sanction"),
    "discipline_not_in_force": ("该处分不在执行中", "The sanction is not in force"),
    "expulsion_not_lifted": ("开除学籍不予解除", "An expulsion is not lifted"),
    "period_not_over": ("处分期未满", "The period is not over yet"),
}
SETTLED_AFTER = timedelta(seconds=60)


def _confirmation_owed(event: SlipIssued) -> Iterator[Due | Done]:
    if event.duty:
        command = LapseSlipConfirmation(slip_id=event.slip_id)
        yield Due(f"slip/{event.slip_id}", event.duty.due_at + SETTLED_AFTER, command)


def _answer_owed(event: SlipAppealed) -> Iterator[Due | Done]:
    command = LapseSlipAppeal(slip_id=event.slip_id)
    yield Due(f"slip/{event.slip_id}", event.duty.due_at + SETTLED_AFTER, command)


def _settled(event: OfSlip) -> Iterator[Due | Done]:
    yield Done(f"slip/{event.slip_id}")


# One thing at a time is owed about a slip: its confirmation, then perhaps the answer to an appeal.
AGENDA = {
    SlipIssued: _confirmation_owed,
    SlipConfirmed: _settled,
    SlipReturned: _settled,
    SlipConfirmationLapsed: _settled,
    SlipAppealed: _answer_owed,
    SlipAppealDecided: _settled,
    SlipAppealLapsed: _settled,
    SlipRevoked: _settled,
}
