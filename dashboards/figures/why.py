"""Why this number 为什么是这个数: the figure with its numbers in its definition, and what stands under them."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashboards.parts.panel import panel
from dashboards.parts.people import named
from dashboards.parts.reading import Sum
from dashboards.parts.units import sign
from dashboards.parts.visit import Visit
from domain import Event
from infra.readings import Explanation
from infra.readings.explaining import Folded, Kind, Rule
from projections import Figure

KINDS_SHOWN: Final = 5
DIGITS: Final = 12
COLUMNS: Final = (
    *("why_rule", "why_rule_value", "why_rule_since"),
    *("why_rule_document", "why_rule_approved", "why_rule_rows"),
)


def why_panel(told: Explanation, figure: Figure, visit: Visit) -> Component:
    """All of it: the arithmetic, from events to figure, the check, the rules, what it was read from."""
    words = visit.words
    pinned = visit.address(as_of=told.as_of, at=told.moment.isoformat())
    tools = [
        html.A(words("why_link"), href=pinned, className="button", title=words("why_link_hint")),
        html.A(words("why_document"), href=document(told, figure), className="button", **{"data-leave": "1"}),
    ]
    return panel(
        words("why_this"),
        words("why_hint"),
        arithmetic(told, figure, visit),
        flow(told, figure, visit),
        check(told, figure, visit),
        rules(told, visit),
        sources(told, figure, visit),
        tools=tools,
        kind="why-panel",
    )


def document(told: Explanation, figure: Figure) -> str:
    """The address of the same explanation as a document, at its position and moment."""
    asked = {name.removesuffix("_id"): value for name, value in told.filters.told().items()}
    query = urlencode({**asked, "as_of": told.as_of, "at": told.moment.isoformat()}, safe=":")
    return f"/api/figures/{figure.key}/explain?{query}"


def sum_of(told: Explanation) -> Sum:
    return Sum(told.told.numerator, told.told.denominator, told.told.count)


def labels(figure: Figure, visit: Visit) -> tuple[str, str]:
    """What numerator and denominator are, taken from the definition where it says so."""
    words = visit.words
    above, by, below = words.either(figure.definition_zh, figure.definition_en).partition("÷")
    return (above.strip(), below.strip()) if by else (words("numerator"), words("denominator"))


def term(number: str, label: str, kind: str = "") -> Component:
    return html.Span([html.Strong(number), html.Small(label)], className=f"why-term {kind}".strip())


def operator(text: str) -> Component:
    return html.Span(text, className="why-operator")


def arithmetic(told: Explanation, figure: Figure, visit: Visit) -> Component:
    """19,873 ÷ 20,311 = 97.8 %, each number with what it is."""
    words, value = visit.words, sum_of(told)
    result = term(exact(value, figure, visit), words.either(figure.zh, figure.en), "why-result")
    if figure.scale is None:
        label = words.either(figure.definition_zh, figure.definition_en)
        parts = [operator("Σ"), term(words("why_count", rows=f"{value.count:,}"), label), operator("="), result]
    else:
        above, below = labels(figure, visit)
        times = [operator("× 100")] if figure.unit == "per_hundred" else []
        parts = [
            term(words.periods(value.numerator), above),
            operator("÷"),
            term(words.periods(value.denominator), below),
            *times,
            operator("="),
            result,
        ]
    return html.Div(parts, className="why-sum")


def exact(value: Sum, figure: Figure, visit: Visit) -> str:
    """The value itself, even where a card shows a count because so few were due."""
    words, number = visit.words, value.value(figure)
    if number is None or figure.scale is None:
        return value.told(figure, words)
    return f"{words.number(number, 2 if figure.unit == 'score' else 1)}{sign(figure, words)}"


def flow(told: Explanation, figure: Figure, visit: Visit) -> Component:
    """Events → rows → figure, each with how many."""
    words, value, rated = visit.words, sum_of(told), figure.scale is not None
    lost = sum(kind.rows for kind in told.kinds if kind.type is None)
    shown, rest = told.kinds[:KINDS_SHOWN], told.kinds[KINDS_SHOWN:]
    kinds: list[Any] = [html.Ul([kind_line(k, told, figure, visit) for k in shown], className="why-kinds")]
    if rest:
        more = html.Ul([kind_line(k, told, figure, visit) for k in rest], className="why-kinds")
        kinds.append(html.Details([html.Summary(words("why_more_kinds", kinds=len(rest))), more], className="as-table"))
    rows = [
        html.Strong(f"{value.count:,}", className="why-number"),
        html.P(words("why_lost_event", rows=f"{lost:,}") if lost else words("why_each_event"), className="quiet"),
    ]
    figure_ = [
        html.Strong(exact(value, figure, visit), className="why-number"),
        html.P(words.either(figure.zh, figure.en), className="quiet"),
    ]
    return html.Ol(
        [
            step(words("why_events"), words("why_events_rated" if rated else "why_events_hint"), kinds),
            step(words("why_rows"), words("why_rows_hint"), rows),
            step(words("why_figure"), words("why_figure_hint"), figure_),
        ],
        className="why-flow",
    )


def step(title: str, hint: str, body: Sequence[Any]) -> Component:
    return html.Li([html.Header([html.H3(title), html.Small(hint)]), *body])


def kind_line(kind: Kind, told: Explanation, figure: Figure, visit: Visit) -> Component:
    """One type of event: how many rows it made true, and what they brought."""
    words = visit.words
    declared = Event.by_name.get(kind.type or "")
    title = words.either(*declared.titles()) if declared else kind.type or "—"
    share = kind.rows / told.told.count * 100 if told.told.count else 0
    brought = words.periods(kind.numerator)
    if figure.scale is not None:
        brought = words("why_brought", numerator=brought, denominator=words.periods(kind.denominator))
    return html.Li(
        [
            html.Span([html.Span(title), html.Code(kind.type or "")], className="why-kind"),
            html.Span(words("why_count", rows=f"{kind.rows:,}"), className="why-rows"),
            html.Span(
                html.Span(className="bar bar-recognised", style={"width": f"{share:.1f}%"}), className="bar-track"
            ),
            html.Span(brought, className="why-brought", title=f"{words('numerator')} / {words('denominator')}"),
        ]
    )


def check(told: Explanation, figure: Figure, visit: Visit) -> Component:
    """Whether all rows, added up apart from the figure, sum to it: exactly, and said."""
    words = visit.words
    numerator, denominator, rows = told.summed

    def written(above: Decimal, below: Decimal) -> str:
        return words.periods(above) + (f" ÷ {words.periods(below)}" if figure.scale is not None else "")

    key = "why_adds_up" if told.adds_up else "why_differs"
    text = words(
        key,
        rows=f"{rows:,}",
        sum=written(numerator, denominator),
        told=written(told.told.numerator, told.told.denominator),
    )
    said = {
        "adds-up": str(told.adds_up).lower(),
        "numerator": told.told.numerator,
        "denominator": told.told.denominator,
    }
    facts = {f"data-{name}": str(fact) for name, fact in {**said, "count": told.told.count}.items()}
    return html.P(text, className="why-check" if told.adds_up else "why-check differs", role="status", **facts)


def rules(told: Explanation, visit: Visit) -> Component:
    """Which rules counted: value, version, since when, by which document, approved by whom, for how many rows."""
    words = visit.words
    body: list[Any] = [html.H3(words("why_rules"))]
    if told.rules:
        lines = [rule_line(rule, None, visit) for rule in told.rules]
        body.append(rule_list(words("why_rules_own"), lines, visit))
    if told.under:
        lines = [rule_line(under.rule, under.rows, visit) for under in told.under]
        body.append(rule_list(words("why_rules_under"), lines, visit))
    if not told.rules and told.under == ():
        body.append(html.P(words("why_rules_none"), className="quiet"))
    if told.under is None:
        counting = html.A(words("why_rules_count"), href=visit.address(rules="1"), className="button")
        said = words("why_rules_many", rows=f"{told.told.count:,}")
        body.append(html.P([html.Span(said, className="quiet"), counting], className="why-uncounted"))
    return html.Div(body, className="why-part")


def rule_list(title: str, lines: Sequence[Component], visit: Visit) -> Component:
    """Rules under a heading; on a phone each says beside its value what it is."""
    heads = html.Li([html.Span(visit.words(name)) for name in COLUMNS], className="why-heads")
    return html.Div([html.P(title, className="why-group"), html.Ul([heads, *lines], className="why-rules")])


def rule_line(rule: Rule, rows: int | None, visit: Visit) -> Component:
    words, policy = visit.words, rule.policy
    name = words.either(policy.zh, policy.en) if policy else rule.key
    cells: list[Any] = [
        [html.Span(name), html.Code(rule.key)],
        html.Strong(value_of(rule, visit)),
        since(rule, visit),
        rule.document_no or "—",
        named(rule.approved_by, words) if rule.approved_by else "—",
        words("why_count", rows=f"{rows:,}") if rows is not None else "—",
    ]
    return html.Li(
        [
            html.Span(
                [html.Small(words(label), className="why-label"), html.Span(cell, className="why-kind")],
                className="why-cell",
            )
            for label, cell in zip(COLUMNS, cells, strict=True)
        ]
    )


def since(rule: Rule, visit: Visit) -> list[Any]:
    """第 2 版 自 2026-10-08; or that it is as it began, and whose proposal that was."""
    words = visit.words
    if not rule.version:
        origin = rule.policy.origin if rule.policy else "ours"
        whose = html.Small(words(f"why_origin_{origin}"), className=f"of-{origin}")
        return [html.Span(words("why_rule_default")), whose]
    told = [html.Span(words("why_version", version=rule.version))]
    if rule.effective_from:
        told.append(html.Small(words("why_since", time=words.moment(rule.effective_from))))
    return told


def value_of(rule: Rule, visit: Visit) -> str:
    """48 小时."""
    words, unit = visit.words, rule.policy.unit if rule.policy else ""
    if rule.value is None:
        return "—"
    if isinstance(rule.value, bool):
        return words("rule_yes" if rule.value else "rule_no")
    return f"{rule.value} {words(f'rule_unit_{unit}')}" if unit else str(rule.value)


def sources(told: Explanation, figure: Figure, visit: Visit) -> Component:
    """Position and moment, the tables and their builds, the checkpoint, and how to check all of it."""
    words = visit.words
    stood = f" · {words.moment(told.recorded_at, seconds=True)}" if told.recorded_at else ""
    facts: list[tuple[str, Any]] = [
        (words("why_position"), f"#{told.as_of:,}{stood}"),
        (words("why_judged"), words.moment(told.moment, seconds=True)),
        (words("why_tables"), html.Ul([table_line(table, visit) for table in told.tables])),
        (words("why_sealed"), sealed(told, visit)),
        (words("why_verify"), html.Code(command(told, figure))),
    ]
    return html.Div(
        [
            html.H3(words("why_from")),
            html.Dl([part for name, text in facts for part in (html.Dt(name), html.Dd(text))], className="facts"),
        ],
        className="why-part",
    )


def table_line(table: Folded, visit: Visit) -> Component:
    facts = {"number": table.generation, "digest": table.digest[:DIGITS], "position": f"{table.position:,}"}
    return html.Li([html.Code(table.name), " ", visit.words("why_table", **facts)], title=table.digest)


def sealed(told: Explanation, visit: Visit) -> Any:
    words, seal = visit.words, told.sealed
    if seal is None:
        return words("why_not_sealed")
    root = base64.b64encode(seal.root).decode()
    said = words("why_seal", size=f"{seal.size:,}", root=f"{root[:DIGITS]}…", time=words.moment(seal.sealed_at))
    return html.Span(said, title=root)


def command(told: Explanation, figure: Figure) -> str:
    """The command line that must tell the same."""
    asked = {name.removesuffix("_id"): value for name, value in told.filters.told().items()}
    where = "".join(f" --{name} {value}" for name, value in asked.items())
    return f"campus explain {figure.key} --as-of {told.as_of} --at {told.moment.isoformat()}{where}"
