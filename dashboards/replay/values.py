"""Values 取值: the words that stand in columns of states and kinds, as people call them."""

from __future__ import annotations

from typing import Final

Both = tuple[str, str]


def titled(said: str) -> dict[str, Both]:
    """From lines of a name, a Chinese word and English words: name → (zh, en)."""
    return {name: (zh, en) for name, zh, en in (line.split(maxsplit=2) for line in said.strip().splitlines())}


VALUES: Final = titled("""
absent 旷课 absent
academic 系部 academic department
accepted 已接收 accepted
active 有效 active
advanced 审批中 in approval
answered 已答复 answered
approved 已批准 approved
assigned 待接收 to be accepted
assist 协办 assisting
awarded 已授予 awarded
cancelled 已取消 cancelled
closed 已办结 closed
confirmed 已核实 confirmed
decided 已决定 decided
declined 已退回 declined
delivered 已送达 delivered
dismissed 未予支持 dismissed
done 已办 done
done_late 逾期补办 done late
due 待交 due
ended 已结束 ended
evaluated 已评价 evaluated
exempt 免交 exempt
excellent 优秀 excellent
external 外聘 external teacher
failed 不及格 failed
fair 中等 fair
final 期末 final
forfeited 未认定 forfeited
good 良好 good
graded 已评定 graded
granted 已批准 granted
higher 越高越好 the higher the better
high 高 high
in_time 按时 in time
issued 已开具 issued
lapsed 已逾期 lapsed
late 迟到 late
lead 主办 leading
leave 请假 on leave
left_early 早退 left early
lifted 已解除 lifted
locked 已锁定 locked
low 低 low
lower 越低越好 the lower the better
missed 缺交 missed
nominated 已提名 nominated
none 无 none
normal 一般 normal
not_recognised 未认定 not recognised
notified 已告知 told
office 职能部门 office
open 应办 open
overridden 改定 overridden
passed 及格 passed
penalty 罚 penalty
pending 待定 pending
present 出勤 present
proposed 已提请 proposed
published 已发布 published
questioned 待复核 questioned
read 已读 read
read_late 逾期已读 read late
recalled 已撤回 recalled
recognised 已认定 recognised
refused 未获批准 refused
registered 已选 registered
regular 平时 regular
rejected 已退回 rejected
removed 已撤下 removed
requested 已申请 requested
returned 已退回 returned
reviewed 已审阅 reviewed
revoked 已撤销 revoked
reward 奖 reward
scheduled 已排 scheduled
staff 在编 staff
student 学生 student
submitted 已提交 submitted
submitted_late 迟交 submitted late
unread 未读 unread
upheld 成立 upheld
urgent 紧急 urgent
waived 豁免 waived
withdrawn 已退课 withdrawn
grade_entry 录入成绩 grades to be entered
roll_call 点名 roll call
weekly_log 周志 weekly log
notice 阅读通知 notice to be read
task 任务 task
task_acceptance 接收任务 task to be accepted
slip_confirmation 核实奖罚单 slip to be confirmed
slip_appeal 处理申诉 appeal to be decided
""")
