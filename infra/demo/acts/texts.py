"""What people write in the demo: a few sentences of each kind, about nobody."""

from __future__ import annotations

from typing import Final

Lines = tuple[str, ...]

LOG_CLASSES: Final[Lines] = (
    "各班秩序正常,晚自习出勤较好。",
    "两个班级召开主题班会,讨论学风建设。",
    "班级期中动员已完成,个别学生学习压力较大。",
    "运动会报名踊跃,班委分工明确。",
    "寝室矛盾一起,已调解,双方达成一致。",
)
LOG_HANDLED: Final[Lines] = (
    "核对点名记录,迟到学生已逐一提醒。",
    "旷课两人次,已谈话并通知家长。",
    "请假手续齐全,无无故缺勤。",
    "对连续迟到的学生作书面教育。",
)
LOG_TALKS: Final[Lines] = (
    "与三名学习困难学生谈话,制定帮扶计划。",
    "与新任班委谈话,明确职责。",
    "与一名情绪低落的学生谈心,已联系心理中心。",
    "走访宿舍时与学生交流就业意向。",
)
LOG_PLANS: Final[Lines] = (
    "下周组织安全教育,走访宿舍两次。",
    "下周听课两节,跟进考勤异常学生。",
    "下周完成综合测评材料初审。",
    "下周召开班长例会,布置考风教育。",
)
LOG_READ: Final[Lines] = (
    "已阅。",
    "已阅,帮扶措施具体。",
    "已阅,请继续关注学习困难学生。",
    "已阅,宿舍走访记录可再细一些。",
)
LOG_ASKED: Final[Lines] = ("请补充旷课学生的处理结果。", "谈话记录过于简略,请补充。")
LOG_ADDED: Final = "补充:已与当事学生再次谈话,家长知情,后续每周跟进。"

SLIP_RETURNED: Final[Lines] = ("当日该生已请假,请核对。", "时间地点不符,请重新开具。", "同一事实已有奖罚单。")
SLIP_APPEALED: Final[Lines] = ("当时因病离开教室,有就诊记录。", "并非本人,请调看记录。", "已事先向老师说明情况。")
TALKS: Final[Lines] = (
    "说明规定与影响,学生认识到错误,承诺改正。",
    "了解原因:兼职晚归。已建议调整时间并告知家长。",
    "学生情绪平稳,约定每周反馈学习情况。",
)
