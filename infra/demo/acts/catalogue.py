"""The catalogue of slips in the demo, and what is written on them.  Seed: D16."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.conduct import DefineSlipCategory


@dataclass(frozen=True)
class Line:
    """A line of the catalogue: whole points from `least` to `most`, who issues under it, and what they write."""

    code: str
    zh: str
    en: str
    kind: str
    least: int
    most: int
    checked: bool
    weight: int
    issuers: tuple[str, ...]
    said: tuple[str, ...]

    @property
    def command(self) -> DefineSlipCategory:
        return DefineSlipCategory.model_validate(
            {
                "code": self.code,
                "title": self.zh,
                "title_en": self.en,
                "kind": self.kind,
                "least_hundredths": self.least * 100,
                "most_hundredths": self.most * 100,
                "needs_approval": self.checked,
            }
        )


CATALOGUE: Final = (
    Line("R01", "学科竞赛获奖", "Prize in a contest", "reward", 3, 10, True, 3, ("head", "teacher"),
         ("获省级学科竞赛二等奖", "获校级数学建模竞赛一等奖")),
    Line("R02", "好人好事", "A good deed", "reward", 1, 4, True, 6, ("counselor", "student_affairs"),
         ("拾金不昧,失主来信致谢", "主动照顾生病的同学")),
    Line("R03", "文明寝室", "A well-kept room", "reward", 1, 2, False, 8, ("counselor", "student_affairs"),
         ("宿舍卫生检查连续四周优秀", "寝室学习氛围好")),
    Line("R04", "课堂表现突出", "Outstanding in class", "reward", 1, 2, False, 12, ("teacher",),
         ("课堂讨论积极,讲解清楚", "小组汇报质量高", "主动帮助同学完成实验")),
    Line("R05", "志愿服务", "Volunteering", "reward", 1, 3, True, 7, ("counselor", "deputy"),
         ("参加社区志愿服务两天", "担任校园开放日志愿者")),
    Line("P01", "课堂使用手机", "Phone in class", "penalty", 1, 2, True, 11, ("teacher",),
         ("课上玩手机,提醒后仍使用", "实验课期间玩游戏")),
    Line("P02", "无故旷课", "Absent without leave", "penalty", 1, 4, True, 8, ("teacher", "counselor"),
         ("连续两次未到课且未请假", "当周旷课四节")),
    Line("P03", "夜不归宿", "Out overnight", "penalty", 2, 5, True, 4, ("counselor", "student_affairs"),
         ("查寝时不在且未请假", "凌晨两点返校")),
    Line("P04", "违规用电", "Forbidden appliance", "penalty", 2, 4, True, 4, ("student_affairs", "counselor"),
         ("宿舍使用大功率电器", "私拉电线")),
    Line("P05", "扰乱课堂秩序", "Disturbing a class", "penalty", 1, 3, True, 5, ("teacher",),
         ("课堂大声喧哗,影响他人", "多次迟到并打断授课")),
)  # fmt: skip
BY_CODE: Final = {line.code: line for line in CATALOGUE}
