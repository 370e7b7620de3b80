"""Privacy 个人信息保护: erasing a person from the log by destroying their key, or showing them to nobody.  Seed: A30.

What happened stays, and every proof stays valid; only the name, the numbers, the contacts and the texts become
unreadable.  Neither is ever done by one person alone.
"""

from __future__ import annotations

from domain.privacy.erasing import (
    ApproveErasure as ApproveErasure,
    DeclineErasure as DeclineErasure,
    ReapplyErasure as ReapplyErasure,
    RequestErasure as RequestErasure,
)
from domain.privacy.events import (
    ErasureDeclined as ErasureDeclined,
    ErasureReapplied as ErasureReapplied,
    ErasureRequested as ErasureRequested,
    LegalHoldLifted as LegalHoldLifted,
    LegalHoldPlaced as LegalHoldPlaced,
    LiftingDeclined as LiftingDeclined,
    LiftingRequested as LiftingRequested,
    LooksSealed as LooksSealed,
    PersonErased as PersonErased,
    PersonRestricted as PersonRestricted,
    RestrictionDeclined as RestrictionDeclined,
    RestrictionLifted as RestrictionLifted,
    RestrictionRequested as RestrictionRequested,
)
from domain.privacy.holding import LiftLegalHold as LiftLegalHold, PlaceLegalHold as PlaceLegalHold
from domain.privacy.looking import SealLooks as SealLooks
from domain.privacy.restricting import (
    ApproveLifting as ApproveLifting,
    ApproveRestriction as ApproveRestriction,
    DeclineLifting as DeclineLifting,
    DeclineRestriction as DeclineRestriction,
    RequestLifting as RequestLifting,
    RequestRestriction as RequestRestriction,
)

REFUSALS = {
    "person_unknown": ("没有这个人", "There is no such person"),
    "erasure_unknown": ("没有这一删除申请", "There is no such erasure request"),
    "erasure_already_requested": ("该申请编号已用于别的删除申请", "This request id is already used by another request"),
    "erasure_declined": ("该删除申请已被驳回", "The erasure request was declined"),
    "person_erased": ("该人员的个人信息已删除", "This person's data are already erased"),
    "legal_hold": ("依法须保留,不得删除", "The data are under a legal hold and must not be erased"),
    "hold_unknown": ("没有这一保留令", "There is no such legal hold"),
    "hold_already_placed": ("该保留令编号已用于别的保留令", "This hold id is already used by another hold"),
    "restriction_unknown": ("没有这一限制申请", "There is no such restriction request"),
    "restriction_already_requested": (
        "该限制编号已用于别的申请",
        "This restriction id is already used by another request",
    ),
    "restriction_declined": ("该限制申请已被驳回", "The restriction request was declined"),
    "person_restricted": ("该人员的个人信息已限制处理", "This person's data are already restricted"),
    "restriction_not_in_force": ("该限制尚未生效", "The restriction has not come into force"),
    "restriction_lifted": ("该限制已解除", "The restriction was lifted"),
    "lifting_not_requested": ("没有待审批的解除申请", "Nobody asks that the restriction be lifted"),
    "lifting_already_requested": ("已有别的解除申请待审批", "Another request to lift it is waiting"),
    "looks_already_sealed": ("该日的查看记录已封存", "The looks of this day are already sealed"),
    "looks_out_of_order": ("查看记录须逐日依次封存", "Looks are sealed one day after another"),
}
