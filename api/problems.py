"""Problems 问题说明 (RFC 9457): one stable code, one status and one wording in Chinese and English for every refusal.

Refusals of the college's rules come with their areas' words; the codes of the door itself are below.  A code
that is raised somewhere and has no words stops the start-up.
"""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any, Final

import orjson
from fastapi.responses import Response

import domain
from domain import Conflict, NotAllowed, Rejected, Unknown

Words = tuple[str, str]

MEDIA_TYPE: Final = "application/problem+json"

OWN: Final[dict[str, tuple[int, str, str]]] = {
    "body_unreadable": (400, "请求正文不是有效的 JSON", "The body is not valid JSON"),
    "key_missing": (400, "缺少 Idempotency-Key 请求头", "The Idempotency-Key header is missing"),
    "key_invalid": (
        400,
        "Idempotency-Key 须为 1 至 200 个可见 ASCII 字符",
        "The Idempotency-Key must be 1 to 200 visible ASCII characters",
    ),
    "not_logged_in": (401, "请先登录", "Please log in first"),
    "token_invalid": (401, "访问令牌无效", "The token is not valid"),
    "token_expired": (401, "访问令牌已过期", "The token has expired"),
    "session_expired": (401, "登录已过期，请重新登录", "The session has expired; please log in again"),
    "credentials_wrong": (401, "账号或密码不正确", "The login or the password is not right"),
    "password_initial": (403, "初始密码须先修改", "The initial password must be changed first"),
    "cross_site_request": (403, "请求未通过同源校验", "The request did not pass the same-site check"),
    "auditors_only": (403, "仅审计人员可查看", "Only auditors may see this"),
    "leaders_only": (403, "仅领导与审计人员可查看", "Only leaders and auditors may see this"),
    "clock_setters_only": (403, "仅信息化办公室可调整时钟", "Only the information office may set the clock"),
    "not_found": (404, "没有这一地址", "There is nothing at this address"),
    "command_unknown": (404, "没有这一操作", "There is no such command"),
    "figure_unknown": (404, "没有这一指标", "There is no such figure"),
    "event_unknown": (404, "没有这一事件，或不在您的范围内", "There is no such event, or it is outside your scope"),
    "receipt_unknown": (404, "没有这一回执，或不在您的范围内", "There is no such receipt, or it is outside your scope"),
    "checkpoint_unknown": (404, "没有这一封存点", "There is no such checkpoint"),
    "cursor_unknown": (404, "没有这一页", "There is no such page"),
    "position_unknown": (404, "日志中还没有这一位置", "The log has no such position yet"),
    "method_not_allowed": (405, "此地址不支持该方法", "This address does not take that method"),
    "moments_out_of_order": (
        409,
        "起始时点须不晚于截止时点",
        "The first of the two moments must not be later than the second",
    ),
    "beyond_supposing": (
        403,
        "您的范围内没有可供试算的部门数据",
        "No department is within your scope, so there is nothing to work out",
    ),
    "policy_not_retold": (
        409,
        "该规则只影响以后的决定，不能重述已发生的事",
        "This policy only touches later decisions; what has happened cannot be told again by another value",
    ),
    "nothing_supposed": (409, "请至少假设一项规则的取值", "Suppose another value of at least one policy"),
    "clock_is_real": (409, "本机构使用真实时钟，不能调整", "This institution runs on the real clock; it cannot be set"),
    "clock_goes_forward": (409, "时钟只能向前调整", "The clock only goes forward"),
    "body_too_large": (413, "请求正文过大", "The body is too large"),
    "export_too_large": (
        413,
        "明细过多，请按部门、学期或教学周缩小范围后导出",
        "Too many rows for one file: narrow them by department, term or week",
    ),
    "case_too_large": (413, "事件过多，请分卷", "Too many events for one case file: make several"),
    "upload_type_wrong": (415, "请上传 CSV 或 XLSX 文件", "Please upload a CSV or XLSX file"),
    "content_type_wrong": (415, "请求正文须为 application/json", "The body must be application/json"),
    "import_refused": (422, "文件无法导入", "The file cannot be imported"),
    "body_invalid": (422, "请求正文中有不符合要求的字段", "The body has fields that are not as required"),
    "query_invalid": (422, "请求参数不符合要求", "The query has parameters that are not as required"),
    "key_reused": (
        422,
        "该 Idempotency-Key 已用于另一内容的请求",
        "This Idempotency-Key was already used with another body",
    ),
    "password_too_short": (422, "密码须为 12 至 200 个字符", "A password has 12 to 200 characters"),
    "password_too_common": (422, "该密码过于常见", "This password is too common"),
    "too_many_attempts": (429, "登录尝试过多，请稍后再试", "Too many attempts to log in; try again later"),
    "too_many_requests": (429, "请求过于频繁，请稍后再试", "Too many requests; try again shortly"),
    "internal_error": (500, "系统内部错误，已记录", "Something went wrong inside; it has been logged"),
    "seal_broken": (
        500,
        "账本此处与封存的不符，请立即告知审计人员",
        "What stands in the log here is not what was sealed; tell the auditors at once",
    ),
    "not_sealed_yet": (503, "该事件尚未封存，请稍候片刻", "This has not been sealed yet; try again in a second"),
    "busy": (503, "系统繁忙，请稍后重试", "The system is busy; try again"),
    "what_if_too_long": (
        503,
        "试算超出时限，请缩小范围或稍后再试",
        "It was not worked out within the time allowed; try again when the system has less to do",
    ),
    "log_unavailable": (503, "事件日志暂时不可用，请稍后重试", "The event log cannot be reached; try again"),
    "not_settled_yet": (
        503,
        "统计与联动尚未全部跟上，请稍后查看",
        "Reactions and read models have not come up yet; look again shortly",
    ),
    "not_projected_yet": (
        503,
        "统计数据尚未更新到所要求的位置",
        "The read models have not reached that position yet",
    ),
    "figure_stopped": (
        503,
        "该指标的数据已停止更新，可查看停止之前的明细",
        "A table under this figure has stopped; its rows can be read as of the position where it stands",
    ),
}
RETRY_AFTER: Final = {429: "30", 503: "1"}
STATUS: Final[dict[type[Rejected], int]] = {Unknown: 404, NotAllowed: 403, Conflict: 409}


class Problem(Exception):
    """The door says no.  `code` is one of OWN; `facts` are ids, codes, numbers and pointers, never texts."""

    def __init__(self, code: str, *, headers: Mapping[str, str] | None = None, **facts: object) -> None:
        super().__init__(code)
        self.code, self.status, self.facts = code, OWN[code][0], facts
        self.headers = dict(headers or {})


class MissingWords(Exception):
    """A code is raised somewhere and nobody has said what it means."""


@cache
def codes_raised(module: ModuleType) -> frozenset[str]:
    """Codes that the source of a module gives to a Rejected, where they are written out."""
    kinds: tuple[type[Rejected], ...] = (Rejected, *STATUS)
    names = {kind.__name__ for kind in kinds}
    calls = (node for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call))
    first = [call.args[0] for call in calls if isinstance(call.func, ast.Name) and call.func.id in names and call.args]
    return frozenset(code.value for code in first if isinstance(code, ast.Constant) and isinstance(code.value, str))


def phrasebook(modules: Mapping[str, ModuleType] | None = None) -> dict[str, Words]:
    """Every code with its words, an area's before the door's; raises MissingWords.

    Two areas may word one code differently: of a command's refusal its own area's words are told (`words_of`).
    """
    words: dict[str, Words] = {}
    if modules is None:
        modules = dict(domain_modules())
    for module in modules.values():
        for code, said in getattr(module, "REFUSALS", {}).items():
            words.setdefault(code, said)
    for code, (_, zh, en) in OWN.items():
        words.setdefault(code, (zh, en))
    missing = {code for module in modules.values() for code in codes_raised(module)} - set(words)
    if missing:
        raise MissingWords(f"no words for {', '.join(sorted(missing))}")
    return words


def words_of(kind: type[Any], words: Mapping[str, Words]) -> Mapping[str, Words]:
    """The words for refusals of one command: its area's own first."""
    area = import_module(".".join(kind.__module__.split(".")[:2]))
    return {**words, **getattr(area, "REFUSALS", {})}


def domain_modules() -> Iterator[tuple[str, ModuleType]]:
    """Every module of the domain, areas that are folders with all their files, the shared ones included."""
    for _ in domain.areas(domain):
        pass
    for found in pkgutil.walk_packages(domain.__path__, "domain."):
        yield found.name, import_module(found.name)


def status_of(refused: Rejected) -> int:
    return next((status for kind, status in STATUS.items() if isinstance(refused, kind)), 409)


def prefers_english(scope: Mapping[str, Any]) -> bool:
    """The first language the client names is English; Chinese otherwise."""
    for name, value in scope.get("headers", ()):
        if name == b"accept-language":
            return bool(value[:2].lower() == b"en")
    return False


def _detail(title: str, facts: Mapping[str, Any]) -> str:
    """The title with the ids concerned."""
    named = ", ".join(f"{name} = {value}" for name, value in facts.items() if isinstance(value, (str, int)))
    return f"{title} ({named})" if named else title


def told(words: Mapping[str, Words], scope: Mapping[str, Any], status: int, code: str, facts: Mapping[str, Any]) -> Any:
    """A problem as a document: what happened, the ids concerned, and which request it was."""
    zh, en = words.get(code, OWN["internal_error"][1:])
    return {
        "type": f"/problems/{code}",
        "title": en if prefers_english(scope) else zh,
        "title_zh": zh,
        "title_en": en,
        "status": status,
        "code": code,
        "detail": _detail(en if prefers_english(scope) else zh, facts),
        "instance": f"urn:request:{scope.get('state', {}).get('request_id', '')}",
        "facts": dict(facts),
    }


def answer(
    words: Mapping[str, Words],
    scope: Mapping[str, Any],
    status: int,
    code: str,
    facts: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem as a response, with Retry-After where it is the answer to "when?"."""
    more = dict(headers or {})
    if status in RETRY_AFTER:
        more.setdefault("Retry-After", RETRY_AFTER[status])
    if status == 401:
        more.setdefault("WWW-Authenticate", "Bearer")
    content = orjson.dumps(told(words, scope, status, code, facts), default=str)
    return Response(content, status, more, MEDIA_TYPE)
