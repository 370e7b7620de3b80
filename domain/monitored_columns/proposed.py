"""The proposed columns 栏目: the table the college's plan promises and does not contain.  Seed: D08.

Every row is our proposal (origin "ours") and is not the college's rule until the president's office has confirmed it
by naming the owner department.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class ProposedColumn:
    """One column: `owner` is the code of the office answering for it, `figures` the keys of what it shows."""

    number: int
    key: str
    zh: str
    en: str
    unit: str
    axis: str
    owner: str
    duties: tuple[str, ...]
    figures: tuple[str, ...]


OFFICES: Final[dict[str, tuple[str, str]]] = {
    "academic": ("教务处", "Academic affairs office"),
    "student_affairs": ("学生处", "Student affairs office"),
    "hr": ("人事处", "Human resources office"),
    "assets": ("资产处", "Asset office"),
    "admissions": ("招生办", "Admissions office"),
    "finance": ("财务处", "Finance office"),
    "it": ("信息化办公室", "Information office"),
    "president": ("校长室", "President's office"),
    "youth_league": ("团委", "Youth League committee"),
    "quality": ("质量办", "Quality office"),
}

_TABLE: Final = """
1|roll_call_timeliness|点名及时率|Roll calls in time|percent|A-teach|academic|D10
2|hours_recognised_rate|课时认定率 / 未认定课时|Hours recognised / not recognised|percent|A-teach|academic|D11
3|teaching_pay|课酬核算|Teaching pay|periods|A-staff|hr|D12
4|attendance_rate|学生出勤率 / 旷课率|Attendance / truancy|percent|A-student|student_affairs|D10
5|course_changes|调停补课率 / 补课欠账|Course changes|percent|A-teach|academic|D14
6|teaching_incidents|教学事故|Teaching incidents|count|A-teach|academic|D15
7|grade_timeliness|成绩录入及时率 / 更正率|Grades in time / corrected|percent|A-teach|academic|D13
8|teaching_evaluation|评教参评率 / 均分|Teaching evaluation|percent|A-student|academic|D27
9|room_use|教室利用率|Room use|percent|A-owner|assets|D36
10|offering_plan|开课计划执行率 / 新增课程|Offering plan carried out|percent|A-teach|academic|D37
11|practice_teaching|实践教学落实率|Practice teaching carried out|percent|A-student|academic|D47
12|student_status|学籍准确率 / 异动在办|Student status accuracy|percent|A-student|academic|D45 D42
13|registration|注册率 / 交费率|Registered / paid|percent|A-student|academic|D41
14|check_in|报到率|New students checked in|percent|A-student|admissions|D49
15|leaving|离校办结率|Leaving completed|percent|A-student|student_affairs|D51
16|slips|奖罚单|Reward and penalty slips|per_hundred|A-student|student_affairs|D16
17|leave|请假 / 销假逾期|Leave / overdue return|count|A-student|student_affairs|D17
18|absence_handling|出勤处理及时率|Absences handled in time|percent|A-student|student_affairs|D18
19|counselor_log|辅导员日志按时率 / 缺交预警|Counselor logs in time|percent|A-staff|student_affairs|D19
20|suggestions|建议办结率 / 上报率|Suggestions settled|percent|A-owner|student_affairs|D20
21|comprehensive_evaluation|综合测评完成率|Comprehensive evaluation|percent|A-student|student_affairs|D21
22|student_dossiers|学生档案完整率 / 审核及时率|Student dossiers complete|percent|A-student|student_affairs|D22
23|student_matters|学生事务办结时长|Days to settle student matters|days|A-student|student_affairs|D24 D25 D26
24|staff_dossiers|教职工档案完整率|Staff dossiers complete|percent|A-staff|hr|D06
25|sign_in|教职工签到率|Staff signed in|percent|A-staff|hr|D07
26|notices|OA 登录率 / 通知阅读率|Logins / notices read|percent|A-staff|president|D04
27|tasks|任务按时完成率 / 评价均分|Tasks done in time|percent|A-staff|president|D05
28|data_tickets|数据问题数 / 更正及时率|Data problems|percent|A-owner|it|D09
29|resource_audits|资源数据核查完成率|Resource audits done|percent|A-owner|academic|D32 D33 D34
30|training|培训完成率 / 系统使用|Training completed|percent|A-staff|it|D03
31|forum|教学论坛回复率 / 易班展示|Forum replies / displays|percent|A-owner|youth_league|D29 D30
32|nonconformities|不符合项关闭率|Nonconformities closed|percent|A-owner|quality|D02
33|department_performance|部门工作绩效|Department performance|score|A-owner|president|D55
"""
_FURTHER: Final = {
    2: ("hours_recognised", "hours_forfeited"),
    4: ("truancy_rate",),
    7: ("grade_corrections", "grade_pass_rate", "grade_excellent_rate"),
    16: ("slip_rewards", "slip_confirmed_in_time", "slip_appeals_upheld"),
    19: ("counselor_log_missed",),
    26: ("oa_logins", "notices_unread"),
    27: ("task_score", "tasks_accepted"),
}


def _read(line: str) -> ProposedColumn:
    number, key, zh, en, unit, axis, owner, duties = line.split("|")
    figures = (key, *_FURTHER.get(int(number), ()))
    return ProposedColumn(int(number), key, zh, en, unit, axis, owner, tuple(duties.split()), figures)


PROPOSED: Final = tuple(_read(line) for line in _TABLE.strip().splitlines())
