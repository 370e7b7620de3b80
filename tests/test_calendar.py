"""Terms, weeks and holidays, told as stories.  Seed: D35."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from domain import Conflict, Unknown
from domain.calendar import DeclareHoliday, HolidayDeclared, HolidayWithdrawn, OpenTerm, TermOpened, WithdrawHoliday
from tests.scenario import given

AUTUMN = {
    "term_id": "term:2026-1",
    "name": "2026–2027 学年第一学期",
    "name_en": "Autumn 2026",
    "year": 2026,
    "starts_on": date(2026, 9, 7),
    "weeks": 18,
}
TERM = TermOpened(**AUTUMN)
DAY = {"term_id": "term:2026-1", "day": date(2026, 10, 1)}
NATIONAL_DAY = HolidayDeclared(**DAY, name="国庆节")
WITHDRAW = WithdrawHoliday(**DAY, reason="调休后正常上课")
WITHDRAWN = HolidayWithdrawn(**DAY, reason="调休后正常上课")


def test_a_term_opens_once_on_a_monday():
    given().when(OpenTerm(**AUTUMN)).then(TERM)
    given(TERM).when(OpenTerm(**AUTUMN)).then()
    given(TERM).when(OpenTerm(**AUTUMN | {"weeks": 19})).rejected(Conflict, "term_already_opened")
    given().when(OpenTerm(**AUTUMN | {"starts_on": date(2026, 9, 8)})).rejected(Conflict, "term_start_not_monday")


@pytest.mark.parametrize("weeks", [0, 31])
def test_a_term_has_one_to_thirty_weeks(weeks):
    with pytest.raises(ValidationError):
        OpenTerm(**AUTUMN | {"weeks": weeks})


@pytest.mark.parametrize(("starts_on", "fits"), [(date(2027, 1, 4), False), (date(2027, 1, 11), True)])
def test_two_terms_share_no_day(starts_on, fits):
    spring = given(TERM).when(OpenTerm(**AUTUMN | {"term_id": "term:2026-2", "starts_on": starts_on}))
    if fits:
        assert len(spring.happens()) == 1
    else:
        spring.rejected(Conflict, "term_overlaps")


@pytest.mark.parametrize(
    ("week", "weekday", "day"), [(1, 1, date(2026, 9, 7)), (4, 4, date(2026, 10, 1)), (18, 7, date(2027, 1, 10))]
)
def test_a_week_and_weekday_are_a_date_and_back(week, weekday, day):
    assert TERM.day(week, weekday) == day
    assert TERM.week(day) == week


@pytest.mark.parametrize("day", [date(2026, 9, 6), date(2027, 1, 11)])
def test_a_date_outside_the_term_has_no_week(day):
    assert TERM.week(day) is None


def test_a_holiday_is_a_day_of_the_term():
    given(TERM).when(DeclareHoliday(**DAY, name="国庆节")).then(NATIONAL_DAY)
    given(TERM, NATIONAL_DAY).when(DeclareHoliday(**DAY, name="国庆节")).then()
    given(TERM, NATIONAL_DAY).when(DeclareHoliday(**DAY, name="校庆")).rejected(Conflict, "holiday_already_declared")
    given().when(DeclareHoliday(**DAY, name="国庆节")).rejected(Unknown, "term_unknown")
    far = DeclareHoliday(term_id="term:2026-1", day=date(2027, 5, 1), name="劳动节")
    given(TERM).when(far).rejected(Conflict, "day_outside_term")


def test_a_holiday_may_be_withdrawn_and_declared_again():
    given(TERM, NATIONAL_DAY).when(WITHDRAW).then(WITHDRAWN)
    given(TERM, NATIONAL_DAY, WITHDRAWN).when(WITHDRAW).then()
    given(TERM).when(WITHDRAW).rejected(Unknown, "holiday_unknown")
    given().when(WITHDRAW).rejected(Unknown, "term_unknown")
    given(TERM, NATIONAL_DAY, WITHDRAWN).when(DeclareHoliday(**DAY, name="国庆节")).then(NATIONAL_DAY)
