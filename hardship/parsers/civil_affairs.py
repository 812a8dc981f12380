"""The civil affairs department's monthly list (资助参保对象全量明细, 附件3): a row a person, identities in a cell."""

import datetime

from exchange.parsers.forms import Form
from exchange.parsers.tables import Column
from hardship.parsers.listed import ID_NUMBER, NAME, ParsedList
from hardship.parsers.named import labels_of, read_named

FORM = Form(
    title="资助参保对象全量明细",
    columns=(
        "序号",
        Column("id_number", ID_NUMBER, is_key=True, note="18位公民身份号码，按文本填写；一人一行"),
        Column("name", NAME, note="与身份证一致，生僻字按身份证填写，不用问号代替"),
        Column(
            "identity",
            (
                "医疗救助身份",
                "救助身份",
                "身份类别",
                "困难身份",
                "特殊人员身份类别",
                "救助类别",
                "对象类别",
                "人员类别",
            ),
            note="同时有几种身份的填在一格，用顿号分开，如：低保对象、重度残疾人",
            choices=labels_of("civil_affairs"),
            is_shared=True,
        ),
        "镇（街）",
        "村（居）",
        Column(
            "since",
            ("纳入资助时间", "纳入时间", "认定时间", "认定日期", "身份起始时间", "起始日期"),
            required=False,
            note="如 2025-01-01 或 202501；不填的，新增身份自数据日期起算",
            is_shared=True,
        ),
        Column(
            "document",
            ("认定文书", "证书编号", "救助证号", "低保证号"),
            required=False,
            note="有则填写，按文本填写",
            is_shared=True,
            is_code=True,
        ),
        "缴费时间",
    ),
    notes=(
        "全量名单：须包含本地区全部在册对象；不在名单上的人，其民政部门认定的身份将在核对后终止。",
        "任何一行缺少身份证号或身份的，全量名单整份退回；空名单不终止任何人。",
        "补充名单：只写本次新增、变动的人，不终止任何人。",
        "一个文件可以分多张工作表（如一个乡镇一张），每张都要有完整表头；隐藏的工作表不读取。",
    ),
    people=(
        {
            "序号": "1",
            "身份证号": "230199196503010428",
            "姓名": "王样例",
            "医疗救助身份": "低保对象",
            "镇（街）": "样例街道",
            "村（居）": "样例社区",
            "纳入资助时间": "2024-03-01",
            "认定文书": "样低字〔2024〕1号",
        },
        {
            "序号": "2",
            "身份证号": "13029919530707013X",
            "姓名": "李样例",
            "医疗救助身份": "特困人员",
            "镇（街）": "样例镇",
            "村（居）": "样例村",
            "纳入资助时间": "202401",
        },
        {
            "序号": "3",
            "身份证号": "130299198502281112",
            "姓名": "张样例",
            "医疗救助身份": "低保边缘家庭成员、因病致贫重病患者",
            "镇（街）": "样例镇",
            "村（居）": "样例村",
        },
    ),
)  # fmt: skip


def read_civil_affairs(content: bytes, file_name: str, *, on: datetime.date) -> ParsedList:
    """Return the people of the list.

    :param on: day the list speaks of
    :raises ListUnreadable: if it is no such list
    """
    return read_named(content, file_name, on=on, form=FORM)
