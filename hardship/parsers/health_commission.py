"""The health commission's list of special families (计划生育特殊家庭): whose only child died or is disabled."""

import datetime

from exchange.parsers.forms import Form
from exchange.parsers.tables import Column
from hardship.parsers.listed import ID_NUMBER, NAME, ParsedList
from hardship.parsers.named import labels_of, read_named

FORM = Form(
    title="计划生育特殊家庭名单",
    columns=(
        "序号",
        Column("name", NAME, note="父母本人姓名，与身份证一致"),
        Column("id_number", ID_NUMBER, is_key=True, note="18位公民身份号码，按文本填写；父母各占一行"),
        Column(
            "identity",
            ("特殊家庭类型", "家庭类型", "特别扶助类别", "扶助类别", "身份类别", "对象类别", "医疗救助身份"),
            note="独生子女死亡家庭或独生子女伤残家庭",
            choices=("独生子女死亡家庭", "独生子女伤残家庭", *labels_of("health_commission")),
            is_shared=True,
        ),
        "镇（街）",
        "村（居）",
        Column(
            "since",
            ("认定时间", "认定日期", "确认时间", "纳入时间", "起始日期"),
            required=False,
            note="如 2025-01-01 或 202501",
            is_shared=True,
        ),
        Column(
            "document",
            ("扶助证号", "特别扶助证号", "认定文书", "证书编号"),
            required=False,
            note="有则填写，按文本填写",
            is_shared=True,
            is_code=True,
        ),
    ),
    notes=(
        "唐医保函〔2024〕45号 二(二)：资助对象是父母本人，子女不列入本名单。",
        "全量名单须包含全部在册父母；不在名单上的人，其计划生育特殊家庭身份将在核对后终止。",
    ),
    people=(
        {
            "序号": "1",
            "姓名": "赵样例",
            "身份证号": "13029919530707013X",
            "特殊家庭类型": "独生子女死亡家庭",
            "镇（街）": "样例镇",
            "村（居）": "样例村",
            "认定时间": "2023-06-01",
            "扶助证号": "样特扶2023001",
        },
        {
            "序号": "2",
            "姓名": "钱样例",
            "身份证号": "230199196503010428",
            "特殊家庭类型": "独生子女伤残家庭",
            "镇（街）": "样例街道",
            "村（居）": "样例社区",
        },
    ),
)  # fmt: skip


def read_health_commission(content: bytes, file_name: str, *, on: datetime.date) -> ParsedList:
    """Return the parents of the list.

    :param on: day the list speaks of
    :raises ListUnreadable: if it is no such list
    """
    return read_named(content, file_name, on=on, form=FORM)
