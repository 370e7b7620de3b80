"""Monitored columns, their owners and what leaders say of them, told as stories.  Seed: D08."""

from __future__ import annotations

import pytest

from domain import Actor, Conflict, NotAllowed, Unknown
from domain.access import HEAD, IT, LEADER, PRESIDENT
from domain.monitored_columns import (
    AnnotateReading,
    AssignColumnOwner,
    Column,
    ColumnDefined,
    ColumnOwnerAssigned,
    ColumnRevised,
    DefineColumn,
    Reading,
    ReadingAnnotated,
    ReadingReviewed,
    ReviewReading,
    ReviseColumn,
    SetThreshold,
    ThresholdSet,
)
from domain.monitored_columns.proposed import OFFICES, PROPOSED
from tests.scenario import given
from tests.test_organisation import SOFTWARE

IT_OFFICE, PRESIDENT_OFFICE = Actor("person:it", IT), Actor("person:president", PRESIDENT)
LI_LEADER, LI_HEAD = Actor("person:li", LEADER), Actor("person:li", HEAD, "department:code")
COLUMN = Column(
    number=1,
    zh="点名及时率",
    en="Roll calls in time",
    definition_zh="按时完成点名的课次 ÷ 到期课次",
    definition_en="sessions rolled in time over sessions due",
    unit="percent",
    axis="A-teach",
    figures=("roll_call_timeliness",),
    duties=("D10",),
    origin="ours",
)
NARROWER = COLUMN.model_copy(update={"definition_zh": "不含停课"})
KEY = "roll_call_timeliness"
DEFINED = ColumnDefined(column_key=KEY, version=1, column=COLUMN)
OWN = AssignColumnOwner(column_key=KEY, department_id="department:code", document_no="2026-12")
OWNED = ColumnOwnerAssigned(**OWN.model_dump(), version=1, column=COLUMN, assigned_by="person:president")
REVISED = ColumnRevised(
    column_key=KEY, version=2, column=NARROWER, department_id="department:code", document_no="2026-30"
)
READING = Reading(
    figure_key=KEY,
    department_id="department:code",
    week=3,
    numerator_hundredths=9000,
    denominator_hundredths=10000,
    position=812,
)


def test_a_column_is_defined_once_with_a_number_of_its_own():
    define = DefineColumn(column_key=KEY, column=COLUMN)
    given().when(define, by=IT_OFFICE).then(DEFINED)
    given(DEFINED).when(define, by=IT_OFFICE).then()
    given(DEFINED).when(DefineColumn(column_key=KEY, column=NARROWER)).rejected(Conflict, "column_already_defined")
    given(DEFINED).when(DefineColumn(column_key="other", column=COLUMN)).rejected(Conflict, "column_number_taken")


def test_the_presidents_office_confirms_by_naming_one_owner():
    given(DEFINED, SOFTWARE).when(OWN, by=PRESIDENT_OFFICE).then(OWNED)
    given(DEFINED, SOFTWARE, OWNED).when(OWN, by=PRESIDENT_OFFICE).then()
    given(SOFTWARE).when(OWN, by=PRESIDENT_OFFICE).rejected(Unknown, "column_unknown")
    given(DEFINED).when(OWN, by=PRESIDENT_OFFICE).rejected(Unknown, "department_unknown")
    assert set(AssignColumnOwner.may) == {PRESIDENT}


def test_a_revision_is_a_new_version_to_be_confirmed_again():
    revise = ReviseColumn(column_key=KEY, column=NARROWER, document_no="2026-30")
    given(DEFINED, OWNED).when(revise, by=IT_OFFICE).then(REVISED)
    given(DEFINED, OWNED, REVISED).when(revise, by=IT_OFFICE).then()
    given().when(revise, by=IT_OFFICE).rejected(Unknown, "column_unknown")
    (again,) = given(DEFINED, OWNED, REVISED, SOFTWARE).when(OWN, by=PRESIDENT_OFFICE).happens()
    assert (again.version, again.column) == (2, NARROWER)
    moved = ReviseColumn(column_key=KEY, column=COLUMN.model_copy(update={"number": 2}), document_no="2026-31")
    given(DEFINED).when(moved, by=IT_OFFICE).rejected(Conflict, "column_number_taken")


@pytest.mark.parametrize(
    ("green", "amber", "better", "stands"),
    [
        (950, 900, "higher", True),
        (900, 900, "higher", True),
        (899, 900, "higher", False),
        (10, 30, "lower", True),
        (31, 30, "lower", False),
    ],
)
def test_a_threshold_runs_from_green_to_amber(green, amber, better, stands):
    said = {"column_key": KEY, "figure_key": KEY, "green": green, "amber": amber, "better": better}
    wish = given(DEFINED).when(SetThreshold(**said), by=IT_OFFICE)
    if stands:
        wish.then(ThresholdSet(**said))
        given(DEFINED, ThresholdSet(**said)).when(SetThreshold(**said), by=IT_OFFICE).then()
    else:
        wish.rejected(Conflict, "threshold_reversed")


def test_a_threshold_is_for_a_figure_of_the_column():
    wish = SetThreshold(column_key=KEY, figure_key="truancy_rate", green=1, amber=2, better="lower")
    given(DEFINED).when(wish, by=IT_OFFICE).rejected(Unknown, "figure_unknown")
    given().when(wish, by=IT_OFFICE).rejected(Unknown, "column_unknown")


def test_a_leader_says_what_was_read():
    review = ReviewReading(column_key=KEY, review_id="review:1", reading=READING)
    reviewed = ReadingReviewed(**review.model_dump(), version=1, reviewed_by="person:li")
    given(DEFINED, OWNED).when(review, by=LI_LEADER).then(reviewed)
    given(DEFINED, OWNED, reviewed).when(review, by=LI_LEADER).then()
    given(DEFINED, OWNED, reviewed).when(review, by=PRESIDENT_OFFICE).rejected(Conflict, "review_already_made")
    given().when(review, by=LI_LEADER).rejected(Unknown, "column_unknown")


@pytest.mark.parametrize("past", [(DEFINED,), (DEFINED, OWNED, REVISED)], ids=["proposed", "revised"])
def test_nobody_reviews_a_column_that_is_not_confirmed(past):
    review = ReviewReading(column_key=KEY, review_id="review:1", reading=READING)
    given(*past).when(review, by=LI_LEADER).rejected(Conflict, "column_without_owner")


def test_a_head_reviews_the_figures_of_their_own_department():
    own = ReviewReading(column_key=KEY, review_id="review:1", reading=READING)
    assert len(given(DEFINED, OWNED).when(own, by=LI_HEAD).happens()) == 1
    for elsewhere in ("department:art", None):
        reading = READING.model_copy(update={"department_id": elsewhere})
        other = ReviewReading(column_key=KEY, review_id="review:1", reading=reading)
        given(DEFINED, OWNED).when(other, by=LI_HEAD).rejected(NotAllowed, "out_of_scope")


def test_a_leader_remarks_on_a_figure_once():
    remark = {
        "column_key": KEY,
        "annotation_id": "annotation:1",
        "reading": READING,
        "remark": "请软件系说明第三周下降原因",
    }
    said = ReadingAnnotated(**remark, version=1, annotated_by="person:li")
    given(DEFINED).when(AnnotateReading(**remark), by=LI_LEADER).then(said)
    given(DEFINED, said).when(AnnotateReading(**remark), by=LI_LEADER).then()
    given(DEFINED, said).when(AnnotateReading(**remark | {"remark": "另一批示"}), by=LI_LEADER).rejected(
        Conflict, "annotation_already_made"
    )
    strange = AnnotateReading(**remark | {"reading": READING.model_copy(update={"figure_key": "unknown_figure"})})
    given(DEFINED).when(strange, by=LI_LEADER).rejected(Unknown, "figure_unknown")


def test_the_thirty_three_proposed_columns_are_proposals():
    assert [c.number for c in PROPOSED] == list(range(1, 34))
    assert len({c.key for c in PROPOSED}) == 33
    assert {c.owner for c in PROPOSED} <= set(OFFICES)
    for proposed in PROPOSED:
        column = Column(
            number=proposed.number,
            zh=proposed.zh,
            en=proposed.en,
            definition_zh=proposed.zh,
            definition_en=proposed.en,
            unit=proposed.unit,
            axis=proposed.axis,
            figures=proposed.figures,
            duties=proposed.duties,
            origin="ours",
        )
        (event,) = given().when(DefineColumn(column_key=proposed.key, column=column)).happens()
        assert "department_id" not in event.model_dump()
