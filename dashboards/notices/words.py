"""What the page of notices says."""

from __future__ import annotations

from dashboards.parts.words import say

say(
    {
        "notices": ("通知与登录", "Notices"),
        "unread_title": ("通知阅读", "Notices and their readers"),
        "unread_hint": ("教职工；有人逾期未阅的在前", "Staff; those still unread past their limit first"),
        "unread_none": ("本学期尚未发布通知", "No notice this term yet"),
        "notice": ("通知", "Notice"),
        "notice_published": ("发布", "Published"),
        "notice_limit": ("时限", "Read by"),
        "notice_information": ("仅供知悉", "For information"),
        "notice_read": ("已阅", "Read"),
        "notice_read_of": ("{read} / {many}", "{read} / {many}"),
        "notice_read_late": ("其中逾期 {late}", "{late} of them late"),
        "notice_unread": ("未阅", "Unread"),
        "notice_age": ("逾期 {days} 天 {hours} 小时", "{days} d {hours} h past the limit"),
        "notice_left": ("剩 {days} 天 {hours} 小时", "{days} d {hours} h left"),
        "notice_all_read": ("全部已阅", "All read"),
        "notice_recalled": ("已撤回", "Recalled"),
        "notice_more": ("另有 {many} 条", "and {many} more"),
        "late_readers_title": ("逾期未阅 · 按部门", "Unread past the limit, by department"),
        "late_readers_hint": ("点击查看是谁", "Choose one to see who"),
        "late_readers_none": ("没有逾期未阅的通知", "Nothing is unread past its limit"),
        "late_readers_unit": ("人次", "unread"),
        "late_readers_oldest": ("最久 {days} 天", "oldest {days} d"),
        "logins_title": ("每日登录率", "Logins by day"),
        "logins_hint": ("工作日，计至昨日", "Working days, until yesterday"),
        "logins_none": ("尚无工作日可计", "No working day to count yet"),
        "logins_day": (
            "{day} · {value} · {numerator}/{denominator} 人",
            "{day} · {value} · {numerator} of {denominator}",
        ),
        "logins_week": ("全周", "Week"),
        "logins_no_work": ("非工作日", "No working day"),
        "weekday_1": ("一", "Mon"),
        "weekday_2": ("二", "Tue"),
        "weekday_3": ("三", "Wed"),
        "weekday_4": ("四", "Thu"),
        "weekday_5": ("五", "Fri"),
    }
)
