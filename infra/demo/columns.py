"""The monitored columns the demo has figures for: 1, 2 and 4, each with an owner and its thresholds.  Seed: D08."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from domain.monitored_columns import Column, DefineColumn
from domain.monitored_columns.proposed import PROPOSED

SHOWN: Final = (1, 2, 4)
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
}
# column key, figure key, green and amber in tenths of the unit, which way is better
THRESHOLDS: Final = (
    ("roll_call_timeliness", "roll_call_timeliness", 970, 940, "higher"),
    ("hours_recognised_rate", "hours_recognised_rate", 980, 950, "higher"),
    ("attendance_rate", "attendance_rate", 970, 950, "higher"),
    ("attendance_rate", "truancy_rate", 150, 250, "lower"),
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
