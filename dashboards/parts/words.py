"""Words 用语: the texts all pages share in Chinese and English, and how numbers and moments are written.

What one page or part alone says stands beside it, and is brought here by `say`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

Language = Literal["zh", "en"]

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "product": ("校园事簿", "Campus Ledger"),
    "cockpit": ("领导驾驶舱", "Leaders' cockpit"),
    "cockpit_short": ("领导驾驶舱", "Cockpit"),
    "departments": ("部门总览", "Departments"),
    "figures": ("监测指标", "Figures"),
    "grades": ("成绩管理", "Grades"),
    "conduct": ("奖罚管理", "Conduct"),
    "counselors": ("辅导员周志", "Counselors"),
    "tasks": ("任务督办", "Tasks"),
    "duties": ("应办事项", "Duties"),
    "skip": ("跳到正文", "Skip to the content"),
    "navigation": ("主导航", "Main navigation"),
    "menu": ("菜单", "Menu"),
    "full_screen": ("全屏", "Full screen"),
    "copy_link": ("复制本页链接", "Copy a link to this view"),
    "copied": ("已复制", "Copied"),
    "dark_mode": ("深色 / 浅色", "Dark or light"),
    "print": ("打印", "Print"),
    "log_out": ("退出登录", "Log out"),
    "other_language": ("English", "中文"),
    "whole_college": ("全校", "Whole college"),
    "own_scope": ("本人范围", "Your own scope"),
    "all_weeks": ("本学期累计", "Whole term"),
    "week": ("第 {week} 周", "Week {week}"),
    "week_short": ("周", "Week"),
    "term": ("学期", "Term"),
    "department": ("部门", "Department"),
    "term_short": ("学期", "term"),
    "term_to_date": ("学期累计", "Term to date"),
    "vs_last_week": ("较上周", "vs last week"),
    "no_last_week": ("上周无应办", "nothing due last week"),
    "target": ("目标", "Target"),
    "no_target": ("未设目标", "No target set"),
    "light_green": ("达标", "On target"),
    "light_amber": ("临近", "Near target"),
    "light_red": ("未达标", "Below target"),
    "light_few": ("不足 10，不评定", "Fewer than 10: not judged"),
    "light_unset": ("未设目标", "No target set"),
    "light_none": ("暂无数据", "No data yet"),
    "nothing_due": ("无应办", "Nothing due"),
    "owner": ("责任部门", "Owner"),
    "owner_proposed": ("拟责任部门", "Proposed owner"),
    "as_of": ("截至", "As of"),
    "as_of_event": ("截至事件 #{position}", "As of event #{position}"),
    "column_head": ("栏目", "Col."),
    "column_no": ("栏目 {number}", "Col. {number}"),
    "recognised": ("已认定", "Recognised"),
    "forfeited": ("未认定", "Forfeited"),
    "hours": ("课时认定", "Teaching hours"),
    "periods": ("课时", "periods"),
    "sessions": ("课次", "sessions"),
    "person_times": ("人次", "attendances"),
    "rows_unit": ("条", "rows"),
    "heat_title": ("各部门点名及时率 · 按教学周", "Roll calls in time, by department and week"),
    "heat_hint": ("点击单元格，下钻到该部门该周", "Choose a cell to open that department and week"),
    "heat_full": ("全部及时", "All in time"),
    "heat_few": ("应办不足 10，显示计数", "Fewer than 10 due: a count"),
    "bars_title": ("各部门课时认定", "Hours by department"),
    "bars_hint": ("未认定课时不计课酬", "Forfeited hours are not paid"),
    "trend_title": ("本学期走势", "The term so far"),
    "trend_hint": ("按教学周", "By teaching week"),
    "trend_table": ("以表格查看", "As a table"),
    "overdue_title": ("逾期应办", "Overdue duties"),
    "overdue_hint": ("到期未办", "Past due and not done"),
    "overdue_none": ("没有逾期事项", "Nothing is overdue"),
    "overdue_unit": ("项", "overdue"),
    "watch_title": ("需要关注", "Needs attention"),
    "watch_hint": ("未达目标，差距大的在前", "Off target, worst first"),
    "watch_none": ("各部门均达标", "Every department is on target"),
    "watch_none_of_ten": (
        "没有部门低于目标；应办不足 10 的不评定",
        "No department is below target; fewer than 10 due is not judged",
    ),
    "why_this": ("为什么是这个数", "Why this number"),
    "why_short": ("为什么", "Why"),
    "open_event": ("查看事件 #{position}", "Open event #{position}"),
    "event": ("事件", "Event"),
    "event_title": ("事件原文", "The event itself"),
    "event_missing": ("没有这一事件，或不在您的范围内", "There is no such event, or it is outside your scope"),
    "event_recorded": ("入簿时间", "Recorded"),
    "event_occurred": ("发生时间", "Happened"),
    "event_actor": ("经办", "Done by"),
    "event_command": ("命令", "Command"),
    "event_rules": ("所依规则", "Rules used"),
    "event_no_rules": ("未引用规则", "No rule was used"),
    "event_body": ("信封与内容", "Envelope and data"),
    "rule_default": ("{key} · 出厂值", "{key} · as shipped"),
    "rule_version": ("{key} · 第 {version} 版", "{key} · version {version}"),
    "copy": ("复制", "Copy"),
    "close": ("关闭", "Close"),
    "by_department": ("按部门", "By department"),
    "by_week": ("按教学周", "By week"),
    "person": ("经办人", "Person"),
    "teacher": ("教师", "Teacher"),
    "teachers": ("授课教师", "Teachers"),
    "name_withheld": ("（姓名不在您的范围）", "(name outside your scope)"),
    "nobody": ("不落到个人", "Nobody in particular"),
    "value": ("数值", "Value"),
    "light": ("状态", "State"),
    "numerator": ("分子", "Numerator"),
    "denominator": ("分母", "Denominator"),
    "session": ("课次", "Session"),
    "course": ("课程", "Course"),
    "date": ("日期", "Date"),
    "time": ("时间", "Time"),
    "slot": ("节次", "Periods"),
    "slots": ("第 {first}–{last} 节", "Periods {first}–{last}"),
    "squads": ("行政班", "Classes"),
    "room": ("教室", "Room"),
    "room_open": ("未定", "Not fixed"),
    "due_by": ("到期 {time}", "due {time}"),
    "about": ("对象", "About"),
    "rows_title": ("构成明细", "Rows that make it up"),
    "rows_add_up": (
        "{rows} 条，合计 {sum} = 指标值 {value} ✓",
        "{rows} rows, sum = {sum} = the figure {value} ✓",
    ),
    "rows_differ": (
        "{rows} 条，合计 {sum} ≠ 指标值 {value}",
        "{rows} rows, sum = {sum} ≠ the figure {value}",
    ),
    "sums_add_up": (
        "{rows} 条，下一级合计 {sum} = 指标值 {value} ✓（选部门或教学周，可逐条核对）",
        "{rows} rows; the level below sums to {sum} = the figure {value} ✓ (choose a department or week to check rows)",
    ),
    "rows_none": ("没有记录落在这一范围内", "No rows fall within this scope"),
    "rows_shown": ("显示第 {first}–{last} 条，共 {all} 条", "Rows {first}–{last} of {all}"),
    "only_open": ("只看未达成", "Only what fell short"),
    "all_rows": ("查看全部", "All rows"),
    "export_csv": ("导出 CSV", "Export CSV"),
    "previous": ("上一页", "Previous"),
    "next": ("下一页", "Next"),
    "definition": ("口径", "Definition"),
    "axis": ("归属", "Attribution"),
    "axis_A-teach": ("按开课部门", "by the department that offers the course"),
    "axis_A-staff": ("按教职工所在部门", "by the department of the member of staff"),
    "axis_A-student": ("按学生所在系部", "by the department of the student"),
    "axis_A-owner": ("按责任部门", "by the department that answers"),
    "missed": ("未达成", "Fell short"),
    "history_title": ("该课次的事件", "Events of this session"),
    "history_none": ("尚无事件", "No events yet"),
    "step_scheduled": ("排课", "Scheduled"),
    "step_ended": ("下课", "Ended"),
    "step_removed": ("撤销", "Removed"),
    "step_taken": ("点名", "Roll call taken"),
    "step_lapsed": ("点名逾期", "Roll-call deadline lapsed"),
    "step_recognised": ("课时认定", "Hours recognised"),
    "step_not_recognised": ("课时未认定", "Hours forfeited"),
    "step_waived": ("点名豁免", "Roll call waived"),
    "step_open": ("应办：点名", "Owed: the roll call"),
    "present": ("出勤", "Present"),
    "absent": ("旷课", "Absent"),
    "leave": ("请假", "On leave"),
    "late": ("迟到", "Late"),
    "left_early": ("早退", "Left early"),
    "roster": ("应到", "Roster"),
    "attendance_title": ("出勤情况", "Attendance"),
    "attendance_none": ("尚未点名", "The roll has not been called"),
    "planned": ("计划课时", "Planned"),
    "history_banner": (
        "历史视角：以下数据截至事件 #{position}，不含之后入簿的内容",
        "As it was then: everything here is as of event #{position}; nothing recorded later is in it",
    ),
    "history_banner_time": (
        "历史视角：以下数据截至 {time}，不含之后入簿的内容",
        "As it was then: everything here is as of {time}; nothing recorded later is in it",
    ),
    "back_to_now": ("回到当前", "Back to now"),
    "look_back": ("回看", "Look back"),
    "look_back_hint": ("事件编号，或时间，如 2026-10-06 18:00", "An event number, or a time such as 2026-10-06 18:00"),
    "look_back_at": ("截至事件编号或时间", "As of event number or time"),
    "go": ("查看", "Show"),
    "week_end": ("第 {week} 周末", "End of week {week}"),
    "fresh_checking": ("正在核对数据", "Checking the data"),
    "fresh_position": ("数据截至事件", "As of event"),
    "fresh_lag": ("延迟 {seconds} 秒", "{seconds} s behind"),
    "fresh_now": ("实时", "live"),
    "fresh_green": ("正常", "Live"),
    "fresh_amber": ("滞后", "Behind"),
    "fresh_red": ("停止更新", "Not updating"),
    "fresh_lost": ("连接中断，正在重连", "Connection lost; trying again"),
    "fresh_behind": ("滞后 {events} 个事件", "{events} events behind"),
    "figure_stopped": ("数据停于 #{position}", "Stopped at #{position}"),
    "table": ("读表", "Table"),
    "position": ("位置", "Position"),
    "lag_events": ("落后事件", "Events behind"),
    "lag_seconds": ("落后秒数", "Seconds behind"),
    "table_state": ("状态", "State"),
    "table_running": ("正常", "Running"),
    "table_halted": ("停止", "Stopped"),
    "tables_hint": (
        "读表由事件推算，随时可以重建；任一事件失败时该表停在前一位置，不跳过",
        "Tables are folded from the log and can be rebuilt; if an event fails, its table stops before it, never skips",
    ),
    "head": ("簿首", "Head of the log"),
    "duty": ("事项", "Duty"),
    "duty_person": ("经办人", "Owed by"),
    "duty_due": ("到期", "Due"),
    "duty_state": ("状态", "State"),
    "duty_late_by": ("逾期 {days} 天 {hours} 小时", "{days} d {hours} h overdue"),
    "duty_oldest": ("最早{late}", "oldest {late}"),
    "duties_counted": ("逾期分布", "Where they are"),
    "duties_hint": ("到期未办的事项，最早到期在前", "Past due and not done, the oldest first"),
    "figures_all": ("全部指标", "All figures"),
    "tables_all": ("读表进度", "How far the tables have come"),
    "departments_hint": ("点击数值打开", "Choose a value to open it"),
    "loading": ("正在读取…", "Reading…"),
    "failed": ("读取失败", "This could not be read"),
    "failed_hint": (
        "数据没有丢失，请稍后重试；仍失败时把编号告诉信息化办公室",
        "No data is lost. Please try again; if it "
        "fails again, give this number to the information office",
    ),
    "try_again": ("重试", "Try again"),
    "number": ("编号", "Number"),
    "not_here": ("没有这一页", "There is no such page"),
    "not_here_hint": ("地址可能写错，或内容不在您的范围内", "The address may be wrong, or outside your scope"),
    "query_wrong": ("地址中的参数不能识别，已忽略", "Part of the address was not understood and was left out"),
    "no_term": ("尚未开设学期", "No term has been opened"),
    "no_term_hint": ("开设学期并发布课表后，这里会出现第一批数据", "Once a term is opened and its timetable published, "
                     "the first figures appear here"),
}  # fmt: skip


def say(texts: Mapping[str, tuple[str, str]]) -> None:
    """Bring the texts that stand beside a page, once, when it is imported; raises TypeError if a key is said twice."""
    if twice := TEXTS.keys() & texts.keys():
        raise TypeError(f"said twice: {', '.join(sorted(twice))}")
    TEXTS.update(texts)


@dataclass(frozen=True)
class Words:
    """The texts of one language; `words("week", week=3)`."""

    language: Language
    zone: ZoneInfo

    def __call__(self, key: str, /, **facts: object) -> str:
        text = TEXTS[key][self.language == "en"]
        return text.format(**facts) if facts else text

    def either(self, zh: str, en: str | None) -> str:
        """Of a name held in both languages the one to show; Chinese when there is no English."""
        return en if self.language == "en" and en else zh

    def of(self, row: Mapping[str, Any]) -> str:
        """The name of a row with `name` and `name_en`."""
        return self.either(row["name"], row.get("name_en"))

    def number(self, value: Decimal | float | int, places: int = 0) -> str:
        return f"{value:,.{places}f}"

    def periods(self, value: Decimal | float | int) -> str:
        """Periods without needless decimals."""
        return f"{value:,.2f}".rstrip("0").rstrip(".")

    def moment(self, at: datetime, seconds: bool = False) -> str:
        """Local date and time of the institution."""
        return at.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")

    @property
    def other(self) -> Language:
        return "zh" if self.language == "en" else "en"
