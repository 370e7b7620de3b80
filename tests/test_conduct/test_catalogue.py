import pytest

from domain import Conflict, Unknown
from domain.conduct import DefineSlipCategory, RetireSlipCategory, SlipCategoryDefined, SlipCategoryRetired
from tests.scenario import given
from tests.test_conduct.slips import AFFAIRS, AFFAIRS_HEAD, TRUANCY

DEFINE = DefineSlipCategory(**TRUANCY.model_dump(exclude={"version", "defined_by"}))
RETIRE = RetireSlipCategory(code="F12", reason="并入新条目")
RETIRED = SlipCategoryRetired(
    **TRUANCY.model_dump(exclude={"defined_by"}), retired_by=AFFAIRS.person_id, reason="并入新条目"
)


def test_student_affairs_say_for_what_a_slip_may_be_issued():
    assert TRUANCY.tags() == ("slip_category:f12",)
    assert TRUANCY.version == 1
    given(TRUANCY).when(DEFINE, by=AFFAIRS_HEAD).then()


@pytest.mark.parametrize("change", [{"title": "迟到"}, {"most_hundredths": 300}, {"needs_approval": False}])
def test_no_code_changes_its_meaning(change):
    given(TRUANCY).when(DEFINE.model_copy(update=change), by=AFFAIRS).rejected(
        Conflict, "slip_category_already_defined"
    )


def test_a_retired_code_may_be_defined_anew():
    given(TRUANCY).when(RETIRE, by=AFFAIRS).then(RETIRED)
    given(TRUANCY, RETIRED).when(RETIRE, by=AFFAIRS).then()
    [again] = given(TRUANCY, RETIRED).when(DEFINE.model_copy(update={"title": "迟到"}), by=AFFAIRS).happens()
    assert isinstance(again, SlipCategoryDefined)
    assert (again.title, again.version) == ("迟到", 2)


def test_what_is_not_in_the_catalogue_cannot_be_retired():
    given().when(RETIRE, by=AFFAIRS).rejected(Unknown, "slip_category_unknown")


def test_a_range_goes_upwards():
    wrong = DEFINE.model_copy(update={"least_hundredths": 600})
    given().when(wrong, by=AFFAIRS).rejected(Conflict, "points_range_reversed")
    assert DEFINE.model_copy(update={"least_hundredths": 500}).least_hundredths == DEFINE.most_hundredths
