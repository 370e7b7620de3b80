"""What the page of operations says."""

from __future__ import annotations

from typing import Final

from dashboards.parts.words import say

NIGHTS: Final = 30

say(
    {
        "operations": ("运行与自证", "Operations"),
        "forgetting": ("删除", "Erasures"),
        "forgetting_hint": (
            "已批准而未执行的，在名单修复后自行执行；campus doctor 说明缘由",
            "Approved and not carried out; goes on by itself once the list is mended; campus doctor says why",
        ),
        "forgetting_waits": ("尚待删除 {people} 人", "To be erased still: {people}"),
        "proof_title": ("完整性自证", "Proof of integrity"),
        "proof_hint": (
            "每夜把全部报表从账本重算并比对，再核验封存",
            "Every night: all tables rebuilt and compared, the seal verified",
        ),
        "proof_told_proven": ("与入簿时一致", "As it was recorded"),
        "proof_told_overdue": ("最近一次一致，但已超过 30 小时", "As recorded, but last proven over 30 hours ago"),
        "proof_told_differs": ("发现不一致", "Something is not as it was recorded"),
        "proof_told_never": ("尚未自证", "Not proven yet"),
        "proof_never_hint": (
            "首次自证在启动约半分钟后进行，此后每夜一次",
            "The first proof is made half a minute after starting, then every night",
        ),
        "proof_when": ("自证时间", "Proven"),
        "proof_took": ("用时", "Took"),
        "proof_seconds": ("{seconds} 秒", "{seconds} s"),
        "proof_upto": ("覆盖", "Covers"),
        "proof_tables": ("重算比对", "Rebuilt and compared"),
        "proof_tables_told": (
            "{tables} 张表，{rows} 行，{differences} 处不同",
            "{tables} tables, {rows} rows, {differences} differences",
        ),
        "proof_seal": ("封存核验", "Seal verified"),
        "proof_seal_told": ("{events} 个事件，{checkpoints} 个封存点", "{events} events, {checkpoints} checkpoints"),
        "proof_findings": ("不一致之处", "What differs"),
        "proof_yourself": ("不必相信本页：可以自己核验", "No need to believe this page: check it yourself"),
        "proof_yourself_hint": (
            "导出全部事件，用一个不到 300 行的独立程序，在自己的电脑上离线核验：",
            "Export every event and check it on your own machine, offline, with one program of under 300 lines:",
        ),
        "seal_title": ("封存", "The seal"),
        "seal_hint": ("已签名、改动即可被发现的部分", "What is signed: any change to it would be found"),
        "seal_none": ("尚未封存", "Nothing is sealed yet"),
        "seal_size": ("已封存", "Sealed"),
        "seal_events": ("{sealed} / {head} 个事件", "{sealed} of {head} events"),
        "seal_open": ("未封存", "Not sealed yet"),
        "seal_at": ("最近封存", "Last sealed"),
        "seal_take": ("下载封存点", "Download the checkpoint"),
        "seal_take_hint": (
            "请保存在学校之外：恢复旧备份或重新签名，只有它能发现",
            "Keep it outside the college: it alone tells of an old backup restored, or of a history signed anew",
        ),
        "nights": ("历次自证", "The proofs so far"),
        "nights_title": ("近 {nights} 次自证", "The last {nights} proofs"),
        "nights_hint": ("从左到右，最近的在右；柱高为用时", "The latest on the right; height is how long it took"),
        "night_good": ("一致", "as recorded"),
        "night_bad": ("不一致", "differs"),
        "nights_none": ("还没有自证记录", "No proof has been made yet"),
    }
)
