"""The push list as it comes back from the agencies (高额费用预警推送表): what they found, a row an alert."""

from dataclasses import dataclass

from benefits.models import AlertState, Outcome, WhyNotEligible
from benefits.rules.alert_answers import Words
from enrollment.parsers.reading import Parsed, RowRefused, day_of, day_or_none, one_of, parsed, wanted
from exchange.parsers.cells import is_nothing
from exchange.parsers.forms import Form
from exchange.parsers.tables import Column, Row, read_table

STEPS = {"已签收": AlertState.ACKNOWLEDGED.value, "已入户": AlertState.VISITED.value}
LONGEST_NUMBER = 18
OUTCOMES = {label: code for code, label in Outcome.choices}
REASONS = {"": "", **{label: code for code, label in WhyNotEligible.choices}}
RESULTS = (*STEPS, *OUTCOMES)
TOLD = (
    "证件号码", "县（市、区）", "乡镇（街道）", "村（社区）", "人员类别", "预警类型", "总费用", "基本支付", "大病支付",
    "救助支付", "个人负担", "统计区间", "推送日期", "反馈期限",
)  # fmt: skip
FORM = Form(
    title="高额费用预警推送表",
    columns=(
        Column(
            "number", ("预警号", "预警编号"), is_key=True, is_code=True, note="推送表上的预警号，不要改动"
        ),
        Column("name", ("姓名",), note="与推送表一致"),
        *TOLD,
        Column(
            "agency",
            ("反馈部门", "核查部门"),
            required=False,
            note="部门全称，如道里区民政局；填了核查结果的必填",
        ),
        Column(
            "result",
            ("核查结果", "办理结果"),
            required=False,
            choices=RESULTS,
            note="还没有办理的留空，该行不处理",
        ),
        Column("category", ("纳入类别", "纳入身份"), required=False, note="纳入困难身份的必填，如 低保对象"),
        Column(
            "since", ("认定起始日期", "认定日期"), required=False, note="纳入困难身份的填写；不填即核查日期"
        ),
        Column("document", ("认定文书", "认定文号"), required=False, is_code=True),
        Column(
            "reason_code",
            ("不符合原因",),
            required=False,
            choices=tuple(REASONS)[1:],
            note="不符合条件的填写；选“其他”的须写说明",
        ),
        Column("reason", ("说明", "备注"), required=False),
        Column("checked_by", ("核查人",), required=False, note="已入户和有结果的必填"),
        Column("checked_on", ("核查日期", "入户日期"), required=False, note="写到日，如 2025-04-08"),
    ),
    notes=(
        "只填反馈部门以后的各栏；一行一件，办理有进展的可再报，以最近一次为准，以前的反馈都保留。",
        "纳入困难身份的，按补充名单生成认定方案，由医保局核对、确认后生效。",
    ),
    people=(
        {
            "预警号": "990001",
            "姓名": "王样例",
            "证件号码": "230199********0428",
            "预警类型": "因病致贫预警",
            "反馈部门": "样例区民政局",
            "核查结果": "纳入困难身份",
            "纳入类别": "低保对象",
            "认定起始日期": "2025-04-01",
            "认定文书": "样民低保〔2025〕118号",
            "核查人": "赵样例",
            "核查日期": "2025-04-08",
        },
        {
            "预警号": "990002",
            "姓名": "李样例",
            "证件号码": "130299********013X",
            "预警类型": "因病返贫预警",
            "反馈部门": "样例区民政局",
            "核查结果": "不符合条件",
            "不符合原因": "收入超过标准",
            "核查人": "赵样例",
            "核查日期": "2025-04-09",
        },
    ),
)


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """A line of the list; `category` as it is called, null `words` = nothing was filled in."""

    number: int
    sheet: str
    alert_id: int
    name: str
    agency: str
    category: str
    words: Words | None


def read_answers(content: bytes, file_name: str) -> Parsed[AnswerLine]:
    """Return the lines.

    :raises ListUnreadable: if it is no such list
    """

    def line(row: Row) -> AnswerLine:
        is_filled = not is_nothing(row["result"])
        return AnswerLine(
            number=row.number,
            sheet=row.sheet,
            alert_id=_alert_of(row),
            name=wanted(row, "name", label="姓名"),
            agency=wanted(row, "agency", label="反馈部门") if is_filled else "",
            category=" ".join(row["category"].split()),
            words=_words(row) if is_filled else None,
        )

    return parsed(read_table(content, file_name, columns=FORM.read), line)


def _alert_of(row: Row) -> int:
    text = wanted(row, "number", label="预警号").lstrip("#")
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER):
        raise RowRefused(f"预警号“{text}”应为数字，请照推送表填写", column="number", code="alert_not_found")
    return int(text)


def _words(row: Row) -> Words:
    result = row["result"]
    step = STEPS.get(result, AlertState.ANSWERED.value)
    outcome = "" if result in STEPS else one_of(row, "result", OUTCOMES, label="核查结果")
    if step == AlertState.ACKNOWLEDGED:
        return Words(step=step)
    return Words(
        step=step,
        outcome=outcome,
        since=day_or_none(row, "since"),
        document=_text(row, "document", 100),
        reason_code=one_of(row, "reason_code", REASONS, label="不符合原因"),
        reason=_text(row, "reason", 200),
        checked_by=wanted(row, "checked_by", label="核查人")[:60],
        checked_on=day_of(row, "checked_on", label="核查日期"),
    )


def _text(row: Row, column: str, longest: int) -> str:
    return " ".join(row[column].split())[:longest]
