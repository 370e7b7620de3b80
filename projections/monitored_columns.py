"""Read models of the monitored columns: the columns, their thresholds, and what leaders said on seeing a figure."""

from __future__ import annotations

from domain.monitored_columns import (
    ColumnDefined,
    ColumnOwnerAssigned,
    ColumnRevised,
    ReadingAnnotated,
    ReadingReviewed,
    ThresholdSet,
)
from projections import Scope, Table

# `confirmed` is false for a proposal, and again after a revision: not to be shown as the college's rule.
MONITORED_COLUMN = Table(
    "monitored_column",
    keys=("column_key",),
    columns={
        "column_key": "text",
        "version": "int",
        "number": "int",
        "zh": "text",
        "en": "text",
        "definition_zh": "text",
        "definition_en": "text",
        "unit": "text",
        "axis": "text",
        "figures": "text[]",
        "duties": "text[]",
        "origin": "text",
        "department_id": "text",
        "confirmed": "boolean",
    },
    types=(ColumnDefined.NAME, ColumnRevised.NAME, ColumnOwnerAssigned.NAME),
    select="""
        select d.column_key, d.version, d.department_id, c.*,
            type = 'monitored_columns.column_owner_assigned' as confirmed, position
        from batch,
            json_to_record(data) as d(column_key text, version int, "column" json, department_id text),
            json_to_record(d."column") as c(number int, zh text, en text, definition_zh text, definition_en text,
                unit text, axis text, figures text[], duties text[], origin text)
    """,
    scope=Scope(open=True),
)

THRESHOLD = Table(
    "threshold",
    keys=("column_key", "figure_key"),
    columns={"column_key": "text", "figure_key": "text", "green": "int", "amber": "int", "better": "text"},
    types=(ThresholdSet.NAME,),
    select="""
        select d.*, position
        from batch, json_to_record(data) as d(column_key text, figure_key text, green int, amber int, better text)
    """,
    scope=Scope(open=True),
)

_READING = {
    "column_key": "text",
    "version": "int",
    "figure_key": "text",
    "department_id": "text",
    "term_id": "text",
    "week": "int",
    "numerator": "numeric",
    "denominator": "numeric",
    "as_of": "bigint",  # the log position the figure was read at
}

READING_REVIEW = Table(
    "reading_review",
    keys=("review_id",),
    columns={"review_id": "text", **_READING, "reviewed_by": "text", "reviewed_at": "timestamptz"},
    types=(ReadingReviewed.NAME,),
    select="""
        select d.review_id, d.column_key, d.version, d.reviewed_by, received_at as reviewed_at,
            r.figure_key, r.department_id, r.term_id, r.week, r.numerator_hundredths / 100.0 as numerator,
            r.denominator_hundredths / 100.0 as denominator, r.position as as_of, batch.position
        from batch,
            json_to_record(data) as d(review_id text, column_key text, version int, reading json, reviewed_by text),
            json_to_record(d.reading) as r(figure_key text, department_id text, term_id text, week int,
                numerator_hundredths bigint, denominator_hundredths bigint, position bigint)
    """,
    scope=Scope(department="department_id", persons=("reviewed_by",)),
    fixed=True,
    indexes=(("column_key", "week"),),
)

READING_ANNOTATION = Table(
    "reading_annotation",
    keys=("annotation_id",),
    columns={
        "annotation_id": "text",
        **_READING,
        "remark": "text",
        "annotated_by": "text",
        "annotated_at": "timestamptz",
    },
    types=(ReadingAnnotated.NAME,),
    select="""
        select d.annotation_id, d.column_key, d.version, d.remark, d.annotated_by, received_at as annotated_at,
            r.figure_key, r.department_id, r.term_id, r.week, r.numerator_hundredths / 100.0 as numerator,
            r.denominator_hundredths / 100.0 as denominator, r.position as as_of, batch.position
        from batch,
            json_to_record(data) as d(annotation_id text, column_key text, version int, reading json, remark text,
                annotated_by text),
            json_to_record(d.reading) as r(figure_key text, department_id text, term_id text, week int,
                numerator_hundredths bigint, denominator_hundredths bigint, position bigint)
    """,
    scope=Scope(department="department_id", persons=("annotated_by",)),
    fixed=True,
    indexes=(("column_key", "week"),),
)
