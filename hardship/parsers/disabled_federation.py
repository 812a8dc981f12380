"""The disabled persons' federation's list of certificates (残疾人证).

A certificate's number is the identity number, the kind of disability and its level; a reissued one has a suffix:
230199196503010428 4 2 B1.
"""

import datetime
import re

from exchange.parsers.cells import is_nothing
from exchange.parsers.forms import Form
from exchange.parsers.tables import CellUnreadable, Column, Row, clean_id, read_table
from hardship.parsers.listed import (
    ID_NUMBER,
    NAME,
    SOME_DIGIT,
    ListedPerson,
    ParsedList,
    RowRefused,
    day_of,
    id_number_of,
    name_of,
    parsed_list,
)
from hardship.parsers.terms import last_day_of_term
from hardship.rules.identity_names import made_alike
from hardship.rules.stated_identities import ListedIdentity
from policy.conditions import Scalar
from registry.rules.identity_numbers import InvalidIdentityNumber, masked, read_identity_number

KINDS = {"1": "视力", "2": "听力", "3": "言语", "4": "肢体", "5": "智力", "6": "精神", "7": "多重"}

FORM = Form(
    title="残疾人名单",
    columns=(
        "序号",
        Column("name", NAME, note="与残疾人证一致"),
        Column(
            "certificate",
            ("残疾人证号", "残疾证号", "残疾人证号码", "残疾证号码", "残疾人证编号"),
            is_key=True,
            note="20位：18位身份证号＋残疾类别1位＋等级1位；换发的后面另有 B1 等字样，照填",
        ),
        Column("id_number", ID_NUMBER, required=False, note="可不填；填写的须与残疾人证号前18位一致"),
        Column(
            "kind",
            ("残疾类别", "残疾类型"),
            required=False,
            note="填写的须与残疾人证号第19位一致",
            choices=tuple(KINDS.values()),
        ),
        Column(
            "level",
            ("残疾等级", "残疾级别"),
            required=False,
            note="填写的须与残疾人证号第20位一致",
            choices=("一级", "二级", "三级", "四级"),
        ),
        Column(
            "until",
            ("有效期", "有效期至", "有效期限", "证件有效期", "有效日期"),
            required=False,
            note="如 2030-12-31、2020-12-31至2030-12-31、2030年12月（按月末）或 长期",
        ),
        "镇（街）",
        "村（居）",
    ),
    notes=(
        "重度残疾人为一级、二级；三级、四级可以照列，不作重度残疾认定。",
        "全量名单须包含全部持证的一级、二级残疾人；不在名单上的人，其重度残疾人身份将在核对后终止。",
        "有效期是证件的最后一天，过期后身份自动终止；写“长期”的，登记的终止日期随之取消，不填的不作改动。",
    ),
    people=(
        {
            "序号": "1",
            "姓名": "韩样例",
            "残疾人证号": "23019919650301042842",
            "残疾类别": "肢体",
            "残疾等级": "二级",
            "有效期": "2030-12-31",
            "镇（街）": "样例街道",
        },
        {
            "序号": "2",
            "姓名": "杨样例",
            "残疾人证号": "13029919530707013X11B1",
            "残疾类别": "视力",
            "残疾等级": "一级",
            "有效期": "长期",
        },
        {"序号": "3", "姓名": "朱样例", "残疾人证号": "13029919850228111253", "残疾等级": "三级"},
    ),
)  # fmt: skip
CERTIFICATE = re.compile(r"(\d{17}[\dX])([1-7])([1-4])([A-Z]?\d{0,2})")
SEVERE = (1, 2)  # 重度残疾：一级、二级（GB/T 26341-2010）
SEVERELY_DISABLED = "重度残疾人"


def read_disabled_federation(content: bytes, file_name: str, *, on: datetime.date) -> ParsedList:
    """Return the people of the list; of them only levels one and two are severely disabled.

    :param on: day the list speaks of
    :raises ListUnreadable: if it is no such list
    """
    table = read_table(content, file_name, columns=FORM.read)

    def person(row: Row) -> ListedPerson:
        number, kind, level, suffix = _certificate(row, on=on)
        if row["id_number"] and id_number_of(row, on=on) != number:
            raise RowRefused(
                "残疾人证号与身份证号不符", column="certificate", code="certificate_contradictory"
            )
        if row["kind"] and not _is_kind(row["kind"], kind):
            raise RowRefused(
                "残疾类别与残疾人证号第19位不符", column="kind", code="certificate_contradictory"
            )
        if row["level"] and _level(row["level"]) != level:
            raise RowRefused("残疾等级与残疾人证号末位不符", column="level", code="certificate_contradictory")
        until = day_of(row, "until", read=last_day_of_term)
        document = f"{masked(number)} {kind}{level}{suffix}"
        return ListedPerson(
            row.number,
            number,
            name_of(row),
            _identities(level, KINDS[kind], until, is_open=until is None and not is_nothing(row["until"])),
            document,
            row.sheet,
            not_held=() if level in SEVERE else (SEVERELY_DISABLED,),
        )

    return parsed_list(table, person, identify=lambda row: _certificate(row, on=on)[0])


def _is_kind(text: str, kind: str) -> bool:
    """Return whether a cell says the kind, in words (肢体残疾) or by its digit."""
    return KINDS[kind] in text.replace("语言", "言语") or text.lstrip("0") == kind


def _identities(
    level: int, kind: str, until: datetime.date | None, *, is_open: bool
) -> tuple[ListedIdentity, ...]:
    if level not in SEVERE:
        return ()
    attributes: dict[str, Scalar] = {"level": level, "kind": kind}
    if until is not None:
        attributes["certificate_until"] = until.isoformat()
    return (ListedIdentity(f"残疾{level}级", attributes, until=until, is_open=is_open),)


def _certificate(row: Row, *, on: datetime.date) -> tuple[str, str, int, str]:
    """Return identity number, kind, level and suffix.

    :raises RowRefused: if the number is blank, has another form, or holds no identity number
    """
    try:
        text = clean_id(row["certificate"])
    except CellUnreadable as error:
        raise RowRefused(error.message, column="certificate", code="certificate_invalid") from None
    if not SOME_DIGIT.search(text):
        raise RowRefused(
            "残疾人证号为空", column="certificate", code="blank_id_number", spoils_full_list=True
        )
    found = CERTIFICATE.fullmatch(text)
    if found is None:
        raise RowRefused(
            "残疾人证号应为18位身份证号加残疾类别、等级各一位（换发的另有后缀）",
            column="certificate",
            code="certificate_invalid",
        )
    try:
        number = read_identity_number(found[1], on=on).number
    except InvalidIdentityNumber as error:
        raise RowRefused(error.message, column="certificate", code=error.code) from None
    return number, found[2], int(found[3]), found[4]


def _level(text: str) -> int | None:
    digits = re.sub(r"[^1-4]", "", made_alike(text if "级" in text else f"{text}级"))
    return int(digits) if len(digits) == 1 else None
