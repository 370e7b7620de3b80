"""The monitored columns the demo has figures for, each with an owner and its thresholds.  Seed: D08."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domain.monitored_columns import Column, DefineColumn
from domain.monitored_columns.proposed import PROPOSED

SHOWN: Final = (1, 2, 4, 7, 16, 19, 26, 27)
DEFINITIONS: Final = {
    1: (
        "按时点名的课次 ÷ 应点名且时限已过的课次",
        "Sessions whose roll was called in time ÷ sessions due and past their deadline",
    ),
    2: (
        "已认定课时 ÷ 已核定课次的计划课时",
        "Periods recognised ÷ periods planned of the sessions settled",
    ),
    4: (
        "(出勤+迟到+早退) ÷ (应到−请假);旷课率为旷课 ÷ (应到−请假)",
        "(Present + late + left early) ÷ (roster − leave); truancy: absent ÷ (roster − leave)",
    ),
    7: (
        "按期提交的成绩单 ÷ 考试已登记且录入期限已过的成绩单;更正率为经批准更正的成绩 ÷ 已提交的成绩",
        "Grade sheets submitted by their due moment ÷ those past it; corrections: marks corrected ÷ marks submitted",
    ),
    16: (
        "每百名学生每周有效的奖罚单;奖单占比为已核实的奖单 ÷ 已核实的奖罚单",
        "Slips that stand per 100 students and week; rewards ÷ slips confirmed",
    ),
    19: (
        "按时提交的周志 ÷ 期限已过的应交周志;逾期提交不算按时",
        "Logs handed in by their deadline ÷ logs past it; a late one is not in time",
    ),
    26: (
        "时限内已阅 ÷ 时限已过的须阅人次;登录率为当日登录的教职工 ÷ 当日在岗的教职工",
        "Read within the limit ÷ addressed and past it; logins: staff who logged in ÷ staff placed that day",
    ),
    27: (
        "按期提交办结的主办分派 ÷ 期限已过的主办分派;均分为发布人评分(1–5)的平均",
        "Assignments submitted by their due moment ÷ those past it; the mean of the publishers' scores from 1 to 5",
    ),
}
# column key, figure key, green and amber in tenths of the unit, which way is better
THRESHOLDS: Final = (
    ("roll_call_timeliness", "roll_call_timeliness", 970, 940, "higher"),
    ("hours_recognised_rate", "hours_recognised_rate", 980, 950, "higher"),
    ("attendance_rate", "attendance_rate", 970, 950, "higher"),
    ("attendance_rate", "truancy_rate", 150, 250, "lower"),
    ("grade_timeliness", "grade_timeliness", 950, 850, "higher"),
    ("grade_timeliness", "grade_corrections", 50, 100, "lower"),
    ("grade_timeliness", "grade_pass_rate", 900, 850, "higher"),
    ("slips", "slip_confirmed_in_time", 950, 900, "higher"),
    ("slips", "slip_rewards", 500, 400, "higher"),
    ("slips", "slip_appeals_upheld", 300, 500, "lower"),
    ("counselor_log", "counselor_log", 950, 900, "higher"),
    ("notices", "notices", 900, 800, "higher"),
    ("notices", "oa_logins", 900, 850, "higher"),
    ("tasks", "tasks", 900, 800, "higher"),
    ("tasks", "task_score", 42, 36, "higher"),
    ("tasks", "tasks_accepted", 950, 850, "higher"),
)


def columns() -> Iterator[tuple[DefineColumn, str]]:
    """(the column to define, the code of the office that answers for it)."""
    for said in PROPOSED:
        if said.number in SHOWN:
            zh, en = DEFINITIONS[said.number]
            column = Column(
                number=said.number,
                zh=said.zh,
                en=said.en,
                definition_zh=zh,
                definition_en=en,
                unit=said.unit,
                axis=said.axis,
                figures=said.figures,
                duties=said.duties,
                origin="ours",
            )
            yield DefineColumn(column_key=said.key, column=column), said.owner
