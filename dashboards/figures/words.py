"""What the explanation of a figure says."""

from __future__ import annotations

from dashboards.parts.words import say

say(
    {
        "why_hint": ("从事件到数值，逐条可查", "From events to the number, every row at hand"),
        "why_count": ("{rows} 条明细", "{rows} rows"),
        "why_events": ("事件", "Events"),
        "why_events_hint": ("账本中已记录的事实", "What the ledger recorded"),
        "why_events_rated": (
            "账本中已记录的事实；右侧为其计入的分子 / 分母",
            "What the ledger recorded; on the right what it brought, numerator / denominator",
        ),
        "why_rows": ("明细", "Rows"),
        "why_rows_hint": ("每条都注明由哪一事件而来", "Each names the event that made it true"),
        "why_figure": ("指标", "Figure"),
        "why_figure_hint": ("按口径由明细算出", "Reckoned from the rows as defined"),
        "why_each_event": ("每条明细都有其事件", "Every row has its event"),
        "why_lost_event": ("{rows} 条明细在账本中没有事件", "{rows} rows have no event in the ledger"),
        "why_brought": ("{numerator} / {denominator}", "{numerator} / {denominator}"),
        "why_more_kinds": ("其余 {kinds} 类事件", "{kinds} more kinds of event"),
        "why_adds_up": (
            "各行之和 = 指标 ✓　{rows} 条明细另行相加得 {sum}，与指标分毫不差",
            "The rows sum to the figure ✓  {rows} rows, added up apart from it, give {sum}: exactly the same",
        ),
        "why_differs": (
            "各行之和 ≠ 指标：{rows} 条明细另行相加得 {sum}，指标为 {told}。请告知信息化办公室",
            "The rows do not sum to the figure: {rows} rows give {sum}, the figure says {told}. "
            "Please tell the information office",
        ),
        "why_rules": ("所依规则", "The rules that counted"),
        "why_rules_own": ("指标自身所用 · 判定时刻现行", "Used by the figure itself, as in force when it is judged"),
        "why_rules_under": (
            "各条明细的事件所依 · 按其发生时的版本",
            "Used by the events under the rows, as in force then",
        ),
        "why_rules_none": ("未引用可修订的规则", "No rule that may be revised was used"),
        "why_rules_many": (
            "{rows} 条明细，规则版本未逐条统计",
            "{rows} rows: the rule versions under them were not counted",
        ),
        "why_rules_count": ("逐条统计", "Count them"),
        "why_rule": ("规则", "Rule"),
        "why_rule_value": ("取值", "Value"),
        "why_rule_since": ("版本与生效", "Version, in force since"),
        "why_rule_document": ("依据文件", "Document"),
        "why_rule_approved": ("批准", "Approved by"),
        "why_rule_rows": ("明细", "Rows"),
        "why_rule_default": ("出厂值", "As shipped"),
        "why_origin_practice": ("通行做法，非学校规定", "common practice, not the college's rule"),
        "why_origin_ours": ("系统建议值，非学校规定", "a proposal of this system, not the college's rule"),
        "why_origin_seed": ("学校规定", "the college's rule"),
        "why_version": ("第 {version} 版", "Version {version}"),
        "why_since": ("自 {time}", "since {time}"),
        "why_from": ("数据来源", "What it was read from"),
        "why_position": ("截至事件", "As of event"),
        "why_judged": ("判定时刻", "Judged at"),
        "why_tables": ("读表", "Tables"),
        "why_table": (
            "第 {number} 代 · 算法 {digest} · 折算至 #{position}",
            "build {number} · SQL {digest} · folded to #{position}",
        ),
        "why_sealed": ("封存点", "Checkpoint"),
        "why_seal": (
            "{size} 个事件 · 根 {root} · 封存于 {time}",
            "{size} events · root {root} · sealed {time}",
        ),
        "why_not_sealed": ("尚未封存到这一事件", "Not sealed up to this event yet"),
        "why_verify": ("自行核对", "Check it yourself"),
        "why_link": ("固定此数", "Pin this number"),
        "why_link_hint": (
            "地址中写明事件位置与判定时刻，任何时候打开都是同一个数",
            "An address with the position and moment in it: opened at any time, it tells the same number",
        ),
        "why_document": ("说明文件", "As a document"),
        "export_xlsx": ("导出 XLSX（含说明）", "Export XLSX, explained"),
        "rule_yes": ("是", "yes"),
        "rule_no": ("否", "no"),
        "rule_unit_days": ("天", "days"),
        "rule_unit_hours": ("小时", "hours"),
        "rule_unit_months": ("个月", "months"),
        "rule_unit_percent": ("%", "%"),
        "rule_unit_points": ("分", "points"),
        "rule_unit_times": ("次", "times"),
        "rule_unit_weeks": ("周", "weeks"),
        "rule_unit_working days": ("个工作日", "working days"),
    }
)
