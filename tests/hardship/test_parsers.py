"""Lists of the agencies, read into people and named errors."""

import datetime
from dataclasses import replace

import pytest

from exchange.parsers.tables import ListUnreadable
from exchange.parsers.writer import write_xlsx
from hardship.parsers.civil_affairs import read_civil_affairs
from hardship.parsers.disabled_federation import read_disabled_federation
from hardship.parsers.rural_affairs import read_rural_affairs
from hardship.rules.listed_identities import Turn
from hardship.rules.stated_identities import ListedIdentity

DAY = datetime.date(2025, 3, 31)
NUMBER = "230199196503010428"
MONITORING = [
    "户编号",
    "姓名",
    "证件号码",
    "户类型",
    "监测对象类别",
    "风险是否已消除",
    "识别监测时间",
    "消除监测时间",
]
CERTIFICATES = ["姓名", "残疾人证号", "残疾类别", "残疾等级", "有效期"]


def day(text):
    return datetime.date.fromisoformat(text)


def read(reader, headers, *rows):
    return reader(write_xlsx(headers, rows), "名单.xlsx", on=DAY)


def watched(name, since=None, **attributes):
    """Return an identity beside which a row says something of the monitoring, since a day or a month."""
    is_month = since is not None and len(since) == len("2024-01")
    first = day(f"{since}-01" if is_month else since) if since else None
    return ListedIdentity(name, attributes, first, carrying="risk_eliminated", is_month=is_month)


def error_of(reader, headers, row):
    (error,) = read(reader, headers, row).errors
    return error.code, error.column, error.spoils_full_list


def test_a_civil_affairs_row_gives_every_identity_the_day_it_says():
    headers = ["身份证号", "姓名", "医疗救助身份", "镇（街）", "纳入资助时间", "缴费时间"]

    (person,) = read(
        read_civil_affairs, headers, [NUMBER, "王 桂兰", "低保、重残", "兆麟街道", "202403", "x"]
    ).people

    assert (person.number, person.id_number, person.name) == (2, NUMBER, "王 桂兰")
    assert person.identities == (
        ListedIdentity("低保", since=day("2024-03-01"), is_month=True),
        ListedIdentity("重残", since=day("2024-03-01"), is_month=True),
    )


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (["", "王桂兰", "低保", ""], ("blank_id_number", "公民身份号码", True)),
        ([NUMBER, "王桂兰", "、", ""], ("blank_identity", "身份类别", True)),
        ([NUMBER, "", "低保", ""], ("blank_name", "姓名", False)),
        (["230199196503010429", "王桂兰", "低保", ""], ("identity_number_invalid", "公民身份号码", False)),
        ([float(NUMBER), "王桂兰", "低保", ""], ("identity_number_invalid", "公民身份号码", False)),
        ([NUMBER, "王桂兰", "低保", "去年"], ("date_unreadable", "认定时间", False)),
    ],
)
def test_a_civil_affairs_row_that_cannot_be_taken_names_its_column(row, error):
    assert error_of(read_civil_affairs, ["公民身份号码", "姓名", "身份类别", "认定时间"], row) == error


def test_permits_are_taken_as_they_are():
    (person,) = read(
        read_civil_affairs, ["证件号码", "姓名", "身份类别"], ["h12345678", "陈大文", "低保"]
    ).people

    assert person.id_number == "H12345678"


@pytest.mark.parametrize(
    ("cells", "identities"),
    [
        (["脱贫户", "", "", "", ""], [ListedIdentity("脱贫户")]),
        (["一般农户", "", "", "", ""], []),
        (
            ["一般农户", "边缘易致贫户", "否", "202401", ""],
            [watched("边缘易致贫户", "2024-01", risk_eliminated=False, identified_month="2024-01")],
        ),
        (["", "突发严重困难户", "", "", ""], [ListedIdentity("突发严重困难户")]),
        (["突发严重困难户", "", "否", "", ""], [watched("突发严重困难户", risk_eliminated=False)]),
    ],
)
def test_a_monitoring_row_says_the_household_and_what_it_is_watched_for(cells, identities):
    (person,) = read(read_rural_affairs, MONITORING, ["H1", "王桂兰", NUMBER, *cells]).people

    assert list(person.identities) == identities


@pytest.mark.parametrize(
    ("eliminated", "month", "on"),
    [
        ("202402", "2024-02", "2024-03-01"),
        ("2024-02-09", "2024-02", "2024-02-09"),
        ("20240229", "2024-02", "2024-02-29"),
        ("202503", "2025-03", "2025-03-31"),
    ],
)
def test_a_risk_is_gone_from_its_day_or_once_its_month_is_over_but_no_later_than_the_list(
    eliminated, month, on
):
    cells = ["H1", "甲", NUMBER, "脱贫户", "脱贫不稳定户", "是", "2024-01-20", eliminated]

    (person,) = read(read_rural_affairs, MONITORING, cells).people

    before = {"risk_eliminated": False, "identified_month": "2024-01"}
    now = {"risk_eliminated": True, "identified_month": "2024-01", "eliminated_month": month}
    said = watched("脱贫户", "2024-01-20", **now)
    assert person.identities == tuple(
        replace(said, name=name, turn=Turn(day(on), before)) for name in ("脱贫户", "脱贫不稳定户")
    )


@pytest.mark.parametrize("gone", ["是", "已消除", "自然消除", "稳定消除", "（已）消除"])
def test_how_a_risk_went_says_that_it_is_gone(gone):
    (person,) = read(
        read_rural_affairs, MONITORING, ["H1", "甲", NUMBER, "", "脱贫不稳定户", gone, "", ""]
    ).people

    assert person.identities[0].attributes == {"risk_eliminated": True}


@pytest.mark.parametrize(
    ("since", "eliminated"), [("2024-02-09", "202402"), ("202402", "2024-02-01"), ("202402", "202402")]
)
def test_a_risk_may_be_gone_in_the_month_it_was_seen(since, eliminated):
    cells = ["H1", "甲", NUMBER, "", "脱贫不稳定户", "是", since, eliminated]

    assert not read(read_rural_affairs, MONITORING, cells).errors


def test_a_household_number_kept_as_a_number_and_rounded_is_no_document():
    row = [99010000000000000001.0, "甲", NUMBER, "脱贫户", "", "", "", ""]

    assert error_of(read_rural_affairs, MONITORING, row) == ("household_number_rounded", "户编号", False)


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        (["", "", "", "", ""], ("blank_identity", "户类型", True)),
        (["脱贫户", "脱贫不稳定户", "也许", "", ""], ("risk_unreadable", "风险是否已消除", False)),
        (["脱贫户", "脱贫不稳定户", "否", "202401", "202503"], ("risk_contradictory", "消除监测时间", False)),
        (["", "边缘易致贫户", "是", "202401", "202504"], ("eliminated_in_future", "消除监测时间", False)),
        (["", "边缘易致贫户", "是", "202401", "2025-04-01"], ("eliminated_in_future", "消除监测时间", False)),
        (
            ["", "边缘易致贫户", "是", "202402", "202401"],
            ("eliminated_before_identified", "消除监测时间", False),
        ),
        (
            ["", "边缘易致贫户", "", "2024-02-09", "2024-02-08"],
            ("eliminated_before_identified", "消除监测时间", False),
        ),
        (["脱贫户", "脱贫不稳定户", "否", "前年", ""], ("date_unreadable", "识别监测时间", False)),
    ],
)
def test_a_monitoring_row_that_contradicts_itself_is_refused(cells, error):
    assert error_of(read_rural_affairs, MONITORING, ["H1", "王桂兰", NUMBER, *cells]) == error


def test_a_rural_list_in_gb18030_text_with_one_column_of_identities():
    content = f"姓名,身份证号,身份类别\r\n𠮷祥,{NUMBER},脱贫人口；返贫致贫人口\r\n".encode("gb18030")

    (person,) = read_rural_affairs(content, "名单.csv", on=DAY).people

    assert (person.name, [each.name for each in person.identities]) == ("𠮷祥", ["脱贫人口", "返贫致贫人口"])
    with pytest.raises(ListUnreadable, match="户类型"):
        read_rural_affairs("姓名,身份证号\r\n甲,1\r\n".encode(), "名单.csv", on=DAY)


@pytest.mark.parametrize(
    ("certificate", "kind", "level", "until", "identities"),
    [
        (f"{NUMBER}42", "肢体", "二级", "2030-12-31", [("残疾2级", 2, "肢体", day("2030-12-31"))]),
        (
            f"{NUMBER}61B1",
            "精神",
            "1级",
            "2021-01-01至2031-01-01",
            [("残疾1级", 1, "精神", day("2031-01-01"))],
        ),
        (f"{NUMBER}71", "", "", "长期", [("残疾1级", 1, "多重", None)]),
        (f"{NUMBER}13", "视力", "三级", "", []),
    ],
)
def test_a_certificate_says_kind_and_level(certificate, kind, level, until, identities):
    row = ["王桂兰", certificate, kind, level, until]

    (person,) = read(read_disabled_federation, CERTIFICATES, row).people

    assert person.id_number == NUMBER
    assert NUMBER not in person.document
    assert [
        (each.name, each.attributes["level"], each.attributes["kind"], each.until)
        for each in person.identities
    ] == identities


@pytest.mark.parametrize(
    ("certificate", "level", "error"),
    [
        ("", "二级", ("blank_id_number", "残疾人证号", True)),
        (NUMBER, "二级", ("certificate_invalid", "残疾人证号", False)),
        (f"{NUMBER}85", "", ("certificate_invalid", "残疾人证号", False)),
        (f"{NUMBER[:-1]}942", "二级", ("identity_number_invalid", "残疾人证号", False)),
        (f"{NUMBER}42", "一级", ("certificate_contradictory", "残疾等级", False)),
    ],
)
def test_a_certificate_that_cannot_be_is_refused(certificate, level, error):
    assert (
        error_of(read_disabled_federation, CERTIFICATES, ["王桂兰", certificate, "肢体", level, ""]) == error
    )
