"""What happened to a person's data: erased, held, restricted, looked at."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, StringConstraints

from domain import Day, Event, Line, Moment, PersonId

RequestId = Annotated[str, StringConstraints(pattern=r"^erasure:[0-9a-z][0-9a-z-]{0,62}$")]
HoldId = Annotated[str, StringConstraints(pattern=r"^hold:[0-9a-z][0-9a-z-]{0,62}$")]
RestrictionId = Annotated[str, StringConstraints(pattern=r"^restriction:[0-9a-z][0-9a-z-]{0,62}$")]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
RestrictionGrounds = Literal["retention_runs", "deletion_hard", "accuracy_contested", "objection", "other_law"]
LOOKS: Final = "looks:sealed"
Grounds = Literal["purpose_fulfilled", "retention_expired", "consent_withdrawn", "unlawful_processing", "other_law"]


class ErasureRequested(Event):
    """Somebody entitled asked that a person's data be erased."""

    NAME: ClassVar[str] = "privacy.erasure_requested"
    TITLE: ClassVar[str] = "申请删除个人信息"
    TAGS: ClassVar[tuple[str, ...]] = ("request_id", "person_id", "requested_by")
    request_id: RequestId
    person_id: PersonId
    grounds: Grounds
    document_no: Line
    requested_by: PersonId
    requested_for: PersonId | None


class ErasureDeclined(Event):
    """The second person turned the request down."""

    NAME: ClassVar[str] = "privacy.erasure_declined"
    TITLE: ClassVar[str] = "驳回个人信息删除"
    TAGS: ClassVar[tuple[str, ...]] = ("request_id", "person_id")
    request_id: RequestId
    person_id: PersonId
    grounds: Grounds
    document_no: Line
    requested_by: PersonId
    declined_by: PersonId
    reason: Line


class PersonErased(Event):
    """The person's key is to be destroyed: from now on nobody can read their personal data."""

    NAME: ClassVar[str] = "privacy.person_erased"
    TITLE: ClassVar[str] = "删除个人信息"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id", "request_id", "approved_by")
    request_id: RequestId
    person_id: PersonId
    grounds: Grounds
    document_no: Line
    requested_by: PersonId
    approved_by: PersonId


class LegalHoldPlaced(Event):
    """A law or a pending case forbids erasing a person."""

    NAME: ClassVar[str] = "privacy.legal_hold_placed"
    TITLE: ClassVar[str] = "依法保留个人信息"
    TAGS: ClassVar[tuple[str, ...]] = ("hold_id", "person_id")
    hold_id: HoldId
    person_id: PersonId
    document_no: Line
    placed_by: PersonId


class LegalHoldLifted(Event):
    """A legal hold no longer stands in the way."""

    NAME: ClassVar[str] = "privacy.legal_hold_lifted"
    TITLE: ClassVar[str] = "解除依法保留"
    TAGS: ClassVar[tuple[str, ...]] = ("hold_id", "person_id")
    hold_id: HoldId
    person_id: PersonId
    document_no: Line
    lifted_by: PersonId


class ErasureReapplied(Event):
    """The list of erasures knew of an erasure that a restored log had lost: the person stays erased.

    `lost_event` is the id of the event that the log does not hold, `erased_at` when the list took it down.
    """

    NAME: ClassVar[str] = "privacy.erasure_reapplied"
    TITLE: ClassVar[str] = "补记个人信息删除"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id", "request_id")
    request_id: RequestId
    person_id: PersonId
    lost_event: Line
    erased_at: Moment


class RestrictionRequested(Event):
    """Somebody entitled asked that a person's data be kept and shown to nobody."""

    NAME: ClassVar[str] = "privacy.restriction_requested"
    TITLE: ClassVar[str] = "申请限制处理个人信息"
    TAGS: ClassVar[tuple[str, ...]] = ("restriction_id", "person_id", "requested_by")
    restriction_id: RestrictionId
    person_id: PersonId
    grounds: RestrictionGrounds
    document_no: Line
    requested_by: PersonId
    requested_for: PersonId | None


class RestrictionDeclined(Event):
    """The second person turned the request down."""

    NAME: ClassVar[str] = "privacy.restriction_declined"
    TITLE: ClassVar[str] = "驳回限制处理"
    TAGS: ClassVar[tuple[str, ...]] = ("restriction_id", "person_id")
    restriction_id: RestrictionId
    person_id: PersonId
    grounds: RestrictionGrounds
    document_no: Line
    requested_by: PersonId
    declined_by: PersonId
    reason: Line


class PersonRestricted(Event):
    """From now on the person's data are stored and protected, and shown to nobody but themselves and auditors."""

    NAME: ClassVar[str] = "privacy.person_restricted"
    TITLE: ClassVar[str] = "限制处理个人信息"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id", "restriction_id", "approved_by")
    restriction_id: RestrictionId
    person_id: PersonId
    grounds: RestrictionGrounds
    document_no: Line
    requested_by: PersonId
    approved_by: PersonId


class LiftingRequested(Event):
    """Somebody entitled asked that a restriction end."""

    NAME: ClassVar[str] = "privacy.lifting_requested"
    TITLE: ClassVar[str] = "申请解除限制"
    TAGS: ClassVar[tuple[str, ...]] = ("restriction_id", "person_id")
    restriction_id: RestrictionId
    person_id: PersonId
    document_no: Line
    requested_by: PersonId
    requested_for: PersonId | None


class LiftingDeclined(Event):
    """The second person left the restriction as it is."""

    NAME: ClassVar[str] = "privacy.lifting_declined"
    TITLE: ClassVar[str] = "驳回解除限制"
    TAGS: ClassVar[tuple[str, ...]] = ("restriction_id", "person_id")
    restriction_id: RestrictionId
    person_id: PersonId
    requested_by: PersonId
    declined_by: PersonId
    reason: Line


class RestrictionLifted(Event):
    """The restriction ended: the person's data are shown again to whom they were before."""

    NAME: ClassVar[str] = "privacy.restriction_lifted"
    TITLE: ClassVar[str] = "解除限制处理"
    TAGS: ClassVar[tuple[str, ...]] = ("person_id", "restriction_id", "approved_by")
    restriction_id: RestrictionId
    person_id: PersonId
    document_no: Line
    requested_by: PersonId
    approved_by: PersonId


class LooksSealed(Event):
    """The looks of one day were counted and hashed, so that the signed log vouches for the table they stand in.

    `before` is the digest of the last day sealed before, empty for the first.  A day between two sealed ones had none.
    """

    NAME: ClassVar[str] = "privacy.looks_sealed"
    TITLE: ClassVar[str] = "封存查阅记录"
    day: Day
    looks: Annotated[int, Field(ge=0, le=1_000_000_000)]
    digest: Digest
    before: Digest | Literal[""]

    def tags(self) -> tuple[str, ...]:
        return (LOOKS,)


ABOUT_PERSON = (ErasureRequested, ErasureDeclined, PersonErased, ErasureReapplied, LegalHoldPlaced, LegalHoldLifted)
ABOUT_RESTRICTION = (
    RestrictionRequested,
    RestrictionDeclined,
    PersonRestricted,
    LiftingRequested,
    LiftingDeclined,
    RestrictionLifted,
)
