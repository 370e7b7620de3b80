"""What the page of conduct says."""

from __future__ import annotations

from dashboards.parts.words import say

say(
    {
        "rewards": ("奖单", "Rewards"),
        "penalties": ("罚单", "Penalties"),
        "slips_by_department": ("各部门奖罚对照", "Rewards and penalties by department"),
        "slips_counted_hint": ("已核实的奖罚单", "Confirmed slips"),
        "slips_by_category": ("奖罚事由", "What slips are for"),
        "slips_by_week": ("各周奖罚单", "Slips by week"),
        "slips_none": ("这段时间没有已核实的奖罚单", "No confirmed slips in this time"),
        "slip_of": ("事由", "For"),
        "slip_points": ("分值", "Points"),
        "slip_student": ("学生", "Student"),
        "slip_issued": ("开具时间", "Issued"),
        "slip_age": ("已等待", "Waiting"),
        "slip_waited": ("{days} 天 {hours} 小时", "{days} d {hours} h"),
        "waiting_title": ("待核实奖罚单", "Slips to be confirmed"),
        "waiting_hint": ("最久未核实在前，共 {many} 张", "The longest waiting first, {many} in all"),
        "waiting_none": ("没有待核实的奖罚单", "No slip is waiting"),
        "waiting_due": ("核实期限", "To be confirmed by"),
        "waiting_by": ("核实人", "By"),
        "waiting_overdue": ("已超期", "Over time"),
        "waiting_in_time": ("期限内", "Within time"),
        "sanctions_title": ("处分进程", "Sanctions in course"),
        "sanctions_hint": ("姓名只对有权范围显示", "Names are shown within one's scope only"),
        "sanctions_none": ("没有在办的处分", "No sanction is in course"),
        "sanction_stage": ("进程", "Stage"),
        "sanction_measure": ("拟定或决定的处分", "Measure"),
        "sanction_proposed_on": ("提出日期", "Proposed"),
        "sanction_ends": ("期满", "Ends"),
        "measure_warning": ("警告", "Warning"),
        "measure_serious_warning": ("严重警告", "Serious warning"),
        "measure_demerit": ("记过", "Demerit"),
        "measure_probation": ("留校察看", "Probation"),
        "measure_expulsion": ("开除学籍", "Expulsion"),
        "sanction_proposed": ("已提出，待告知", "Proposed; notice to be given"),
        "sanction_noticed": ("已告知，待陈述申辩", "Notice given; to be heard"),
        "sanction_heard": ("已听取申辩，待决定", "Heard; to be decided"),
        "sanction_decided": ("已决定，待送达", "Decided; to be delivered"),
        "sanction_delivered": ("已送达，处分期内", "Delivered; in force"),
        "appeal_open": ("申诉中", "Under appeal"),
    }
)
