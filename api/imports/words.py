"""What imports say when they refuse: codes with their Chinese and English."""

from __future__ import annotations

from functools import cache

from api.imports import oulad_rows, sjtu_rows
from api.problems import phrasebook

TABLE = {
    "table_too_big": ("文件超过 10 MiB,或表格过大无法读取", "The file is over 10 MiB, or the table too big to read"),
    "file_kind_unknown": (
        "须为 .csv、.tsv 或 .xlsx 文件,且内容与扩展名一致",
        "A .csv, .tsv or .xlsx file is wanted, and its content must be what its name says",
    ),
    "encoding_unknown": ("文字编码须为 UTF-8 或 GB18030", "The text must be UTF-8 or GB18030"),
    "text_has_nul": ("文件含有 NUL 字符", "The file holds a NUL character"),
    "text_garbled": ("文字已成乱码", "The text is garbled"),
    "csv_broken": ("CSV 引号不完整或单元格过长", "The CSV has an unclosed quote or an overlong cell"),
    "workbook_damaged": ("工作簿已损坏或加密", "The workbook is damaged or encrypted"),
    "workbook_has_macros": ("不接受含宏的工作簿", "Workbooks with macros are not taken"),
    "workbook_has_links": ("不接受含外部链接的工作簿", "Workbooks with external links are not taken"),
    "zip_too_many_members": ("工作簿内文件过多", "The workbook has too many parts"),
    "zip_too_big": ("工作簿解压后超过 100 MB", "The workbook unpacks to more than 100 MB"),
    "zip_ratio": ("工作簿压缩比异常", "The workbook is compressed beyond reason"),
    "sheet_missing": ("工作簿没有可见的工作表", "The workbook has no visible sheet"),
    "header_missing": ("缺少表头或表头有空格", "There is no heading row, or a heading is empty"),
    "header_repeated": ("表头重复", "A heading is repeated"),
    "header_unknown": ("表头不是该命令的字段", "A heading is no field of the command"),
    "too_many_columns": ("列数超过 200", "There are more than 200 columns"),
    "too_many_rows": ("行数超过 50000 或单元格超过 100 万", "There are more than 50,000 rows or a million cells"),
    "row_wider_than_header": ("该行比表头宽", "The row is wider than the heading row"),
    "cell_is_formula": ("单元格为公式,公式不予计算", "A cell is a formula; formulas are never evaluated"),
    "cell_is_error": ("单元格为错误值", "A cell is an error value"),
    "form_broken": ("上传表单无法读取", "The upload form cannot be read"),
    "file_missing": ("上传表单缺少 file 文件", "The upload form has no file named file"),
    "reading_stopped": ("读取超出时间或内存限制", "Reading went over its time or memory"),
}


@cache
def words() -> dict[str, tuple[str, str]]:
    """Every code an import may name, with its words."""
    return {**phrasebook(), **sjtu_rows.REFUSALS, **oulad_rows.REFUSALS, **TABLE}
