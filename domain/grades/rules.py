"""What the rulebook says of grades."""

from __future__ import annotations

from domain.policies import Policy

WEIGHTS_TOTAL = Policy(
    "grade.weights_total",
    str,
    "reasoned",
    "ours",
    "各项成绩比例之和:hundred 必须为 100%,reasoned 教务处说明理由可以例外,any 不限",
    "What the weights add up to: always 100 %; otherwise only with a reason of academic affairs; or anything",
    choices=("hundred", "reasoned", "any"),
)
AFTER_WITHDRAWAL = Policy(
    "grade.after_withdrawal",
    str,
    "refuse",
    "ours",
    "退课后提交的成绩:refuse 不收,accept 收录",
    "A mark for what was handed in after the student gave the course up: refused, or accepted",
    choices=("refuse", "accept"),
)
PASS_MARK = Policy(
    "grade.pass_mark",
    int,
    60,
    "practice",
    "及格线(百分制)",
    "The total from which a course is passed, out of 100",
    unit="points",
    least=1,
    most=100,
)
EXCELLENT_MARK = Policy(
    "grade.excellent_mark",
    int,
    90,
    "practice",
    "优秀线(百分制)",
    "The total from which a course is passed with excellence, out of 100",
    unit="points",
    least=1,
    most=100,
)
MANY_FAILED = Policy(
    "grade.many_failed_percent",
    int,
    40,
    "ours",
    "不及格比例超过多少视为成绩异常(百分比)",
    "The share of failed students above which a grade sheet is pointed out as unusual",
    unit="percent",
    least=1,
    most=100,
)
CORRECTION_ROUTE = Policy(
    "grade.correction_route",
    str,
    "head@>academic",
    "practice",
    "成绩更正的审批流程",
    "Who decides a correction of a grade, step by step; @ is the department that offers the course",
    choices=("head@>academic", "head@>academic_head", "academic", "academic_head"),
)
CORRECTION_WEEKS = Policy(
    "grade.correction_window_weeks",
    int,
    3,
    "practice",
    "成绩更正申请截至下一学期第几周",
    "The week of the next term until whose Sunday a correction of a grade may be requested; 0: until it begins",
    unit="weeks",
    least=0,
    most=30,
)
MAKEUP_TOTAL = Policy(
    "grade.makeup_total",
    str,
    "capped",
    "practice",
    "补考合格的总评:capped 按及格线记,full 按实得记",
    "The total of a passed make-up exam: the pass mark, or what was reached",
    choices=("capped", "full"),
)
MAKEUP_ALLOWED = Policy(
    "grade.makeup_after_violation",
    bool,
    False,
    "practice",
    "作弊、违纪或被取消考试资格者可否补考(否则须重修)",
    "Whether who cheated, broke the rules or was barred may sit the exam again, instead of retaking the course",
)
REVIEW_DAYS = Policy(
    "grade.review_days",
    int,
    30,
    "ours",
    "学生申请成绩复核的期限(成绩发布后的天数)",
    "Days after publication within which a student may request a review of their grade",
    unit="days",
    least=1,
    most=365,
)
POLICIES = (
    WEIGHTS_TOTAL,
    AFTER_WITHDRAWAL,
    PASS_MARK,
    EXCELLENT_MARK,
    MANY_FAILED,
    CORRECTION_ROUTE,
    CORRECTION_WEEKS,
    MAKEUP_TOTAL,
    MAKEUP_ALLOWED,
    REVIEW_DAYS,
)
