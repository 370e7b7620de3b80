"""What the page of other rules says."""

from __future__ import annotations

from dashboards.parts.words import say

say(
    {
        "what_if": ("假如试算", "What if"),
        "what_if_under": (
            "假如规则不同，本学期会怎样；只在旁边重算，不改动任何数据",
            "What this term would look like under another rule; worked out aside, nothing is changed",
        ),
        "what_if_policy": ("规则", "Policy"),
        "what_if_choose": ("选择要假设的规则…", "Choose a policy to suppose…"),
        "what_if_value": ("假设取值", "Suppose"),
        "what_if_ask": ("试算", "Work it out"),
        "what_if_in_force": ("现行", "In force"),
        "what_if_default": ("默认值，{origin}", "the default: {origin}"),
        "what_if_revised_short": ("经提案批准的修订", "revised: proposed and approved"),
        "what_if_in_default": ("默认值与来历", "Default and whose it is"),
        "what_if_origin_seed": ("学院方案所定", "set by the college's plan"),
        "what_if_origin_practice": ("通行做法，非学校规定", "common practice, not the college's rule"),
        "what_if_origin_ours": ("系统建议值，非学校规定", "a proposal of this system, not the college's rule"),
        "what_if_bounds": ("可取 {least}–{most}", "from {least} to {most}"),
        "what_if_invalid": ("“{value}”不在可取范围内", "“{value}” is outside what the policy allows"),
        "what_if_same_value": ("与现行相同，指标应完全不变", "The value in force: every figure should stay as it is"),
        "what_if_narrow": (
            "放宽时补不出当时被拒绝的事：被拒绝的操作不入账",
            "A wider value brings nothing back: what was refused is not in the log",
        ),
        "what_if_yes": ("是", "yes"),
        "what_if_no": ("否", "no"),
        "what_if_choice_sunday_235959": ("周日 23:59:59", "Sunday 23:59:59"),
        "what_if_choice_friday_170000": ("周五 17:00", "Friday 17:00"),
        "what_if_choice_monday_120000": ("次周一 12:00", "noon of the next Monday"),
        "what_if_choice_session_start": ("上课时起", "from the session's start"),
        "what_if_choice_session_end": ("下课时起", "from the session's end"),
        "what_if_choice_term_end": ("至学期结束", "until the term ends"),
        "what_if_choice_deadline": ("逾期不收", "not after the deadline"),
        "what_if_choice_always": ("不限", "always"),
        "what_if_choice_allowed": ("可以申请", "on request"),
        "what_if_choice_never": ("不可申请", "never"),
        "what_if_choice_refuse": ("拒绝", "refused"),
        "what_if_choice_skip": ("自动略过该日", "that day is skipped"),
        "what_if_choice_accept": ("收录", "accepted"),
        "what_if_choice_noted": ("记入并注明", "kept and noted"),
        "what_if_choice_hundred": ("必须为 100%", "always 100 %"),
        "what_if_choice_reasoned": ("说明理由可以例外", "otherwise only with a reason"),
        "what_if_choice_any": ("不限", "anything"),
        "what_if_choice_capped": ("按及格线记", "the pass mark"),
        "what_if_choice_full": ("按实得记", "what was reached"),
        "unit_hours": ("小时", "hours"),
        "unit_days": ("天", "days"),
        "unit_weeks": ("周", "weeks"),
        "unit_working_days": ("个工作日", "working days"),
        "unit_points": ("分", "points"),
        "unit_times": ("次", "times"),
        "what_if_working": ("正在旁边重算…", "Being worked out aside…"),
        "what_if_working_hint": (
            "逐课次、逐事项按假设的规则重述本学期的事件；约需数秒到数十秒，可离开本页",
            "Every session and duty of the term is told again by the rule supposed; it takes some seconds",
        ),
        "what_if_told": (
            "自 {since} 起按假设重述 {stories} 件事："
            "{otherwise} 条事件会不同，{left_out} 条不会发生，{put_in} 条会多出",
            "From {since} on, {stories} stories told again: {otherwise} events would read otherwise, "
            "{left_out} would not be there, {put_in} more would",
        ),
        "what_if_since": ("自 {since} 起按假设重述", "Told again as supposed from {since} on"),
        "what_if_stands": (
            "截至 {moment} · 事件 #{position} · {seconds} 秒",
            "As of {moment} · event #{position} · {seconds} s",
        ),
        "what_if_departments_only": (
            "只计您负责的部门；看板另计您本人在其他部门的记录",
            "Of the departments you answer for; boards also count your own records elsewhere",
        ),
        "what_if_nothing": ("没有任何指标会不同", "No figure would be any different"),
        "what_if_unchanged": ("不变的指标", "Unchanged"),
        "what_if_stopped": ("已停止更新，未试算", "Stopped; not worked out"),
        "what_if_now": ("现行规则", "As it is"),
        "what_if_then": ("假设之下", "As it would be"),
        "what_if_departments": ("各部门：现行 → 假设", "By department: as it is → as it would be"),
        "what_if_departments_hint": ("空心为现行，实心为假设", "Hollow: as it is; filled: as it would be"),
        "what_if_people": ("影响最大的人员", "People it would touch most"),
        "what_if_people_hint": ("按差异从大到小，共 {many} 人有变化", "Largest differences first; {many} would change"),
        "what_if_people_none": ("没有人员会受影响", "Nobody would be touched"),
        "what_if_person": ("人员", "Person"),
        "what_if_limits": (
            "做过的事照旧，只是按假设的规则重新认定；若当时真是这一规则，有人会早做或晚做，这里推不出来。"
            "由此引出的通知、评优等后续不在此列。",
            "What was done stays as it was done and is only judged by the rule supposed; under that rule some would "
            "have acted sooner or later, which nobody can work out. Notices and awards that follow are left aside.",
        ),
        "what_if_adopt": ("若要采用", "To adopt it"),
        "what_if_adopt_hint": (
            "试算不会改规则。采用须由有权部门提出修订、校长批准，最早次日零时生效，并作为事件记入账本。",
            "Asking changes no rule. An office entitled proposes the revision and the president approves it; it is in "
            "force from the next midnight at the earliest, and is an event in the log.",
        ),
        "what_if_step_propose": ("一、提出修订", "1. Propose"),
        "what_if_step_approve": ("二、校长批准", "2. Approve"),
        "what_if_document": ("文号", "document number"),
        "what_if_effective": ("生效时间", "moment it begins"),
        "what_if_all": ("全部规则：哪些可以试算", "Every policy: which may be asked"),
        "what_if_all_hint": ("{many} 项可试算，共 {all} 项", "{many} of {all} may be asked"),
        "what_if_askable": ("可试算", "May be asked"),
        "what_if_not": (
            "只影响以后的决定，不能重述已发生的事",
            "Only touches later decisions; what has happened cannot be told again",
        ),
        "what_if_touches": ("触及指标", "Figures it may touch"),
        "what_if_busy": (
            "正在为他人试算，请稍候再试",
            "Another question is being worked out; try again shortly",
        ),
        "what_if_too_long": (
            "超出试算时限，请稍后再试",
            "Not worked out within the time allowed; try again later",
        ),
        "what_if_beyond": (
            "您的范围内没有可供试算的部门数据",
            "No department is within your scope, so there is nothing to work out",
        ),
        "what_if_start": ("选一条规则和一个取值开始", "Choose a policy and a value to begin"),
        "what_if_start_hint": (
            "例如把点名时限从 48 小时改为 24 小时，看课时认定和及时率会怎样",
            "As roll calls due within 24 hours instead of 48: what would that do to hours recognised",
        ),
    }
)
