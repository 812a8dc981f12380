"""The demo's files: readable as the house reads lists, in the encodings agencies use, wrong only where they say so."""

import csv
import io

import pytest
from django.core.management import call_command

from exchange.parsers.tables import Column, read_table
from oversight.services.demo.city.city import City, make_city
from oversight.services.demo.files.formats import DemoFile
from oversight.services.demo.files.write import demo_files, write_files

NUMBER = Column("number", ("证件号码", "身份证号", "身份证号码", "残疾人证号"), is_key=True)


@pytest.fixture(scope="module")
def city() -> City:
    return make_city(size=300, seed=7)


@pytest.fixture(scope="module")
def files(city) -> dict[str, DemoFile]:
    return {each.name: each for each in demo_files(city)}


@pytest.mark.parametrize(
    "name",
    [
        "02-residents.csv",
        "03-history.csv",
        "04-civil-affairs.xlsx",
        "05-rural-affairs.csv",
        "06-disabled-federation.xlsx",
        "07-civil-affairs-next.xlsx",
        "08-deaths.csv",
        "10-payments.csv",
        "11-claims.xlsx",
        "13-insured-elsewhere.csv",
    ],
)
def test_every_list_is_read_line_by_line(files, name):
    table = read_table(files[name].content, name, columns=[NUMBER])

    assert len(table.rows) == files[name].rows
    assert {planted.line for planted in files[name].planted} <= {row.number for row in table.rows}


def test_a_list_with_a_blank_number_is_among_them(files):
    blank = files["07-civil-affairs-blank.xlsx"]
    columns = [Column("number", ("身份证号",)), Column("identity", ("医疗救助身份",))]
    table = read_table(blank.content, blank.name, columns=columns)

    assert [row.number for row in table.rows if not row["number"]] == [blank.planted[0].line]


def test_rural_list_is_wide_and_in_gb18030(files):
    header, first = files["05-rural-affairs.csv"].content.decode("gb18030").splitlines()[:2]

    assert len(header.split(",")) >= 110
    assert len(first.split(",")) == len(header.split(","))


def test_payment_file_is_gbk_and_loses_what_gbk_lacks(files, city):
    text = files["10-payments.csv"].content.decode("gbk")
    rows = list(csv.DictReader(io.StringIO(text)))

    assert len(rows) == files["10-payments.csv"].rows
    assert "𠮷" not in text
    assert {row["类型"] for row in rows} <= {"缴费", "冲正", "退费"}


def test_next_list_has_new_people_and_lacks_others():
    files = {each.name: each for each in demo_files(make_city(size=3_000, seed=7))}
    columns = [NUMBER]
    first, second = (
        {row["number"].upper() for row in read_table(files[name].content, name, columns=columns).rows}
        for name in ("04-civil-affairs.xlsx", "07-civil-affairs-next.xlsx")
    )

    assert second - first
    assert first - second


def test_command_writes_every_file_and_says_what_is_wrong(tmp_path, city):
    said = io.StringIO()

    call_command("make_demo_files", out=tmp_path / "files", size=300, seed=7, stdout=said)

    written = {path.name: path.read_bytes() for path in (tmp_path / "files").iterdir()}
    assert written == {each.name: each.content for each in write_files(city, tmp_path / "again")}
    assert "10-payments.csv" in said.getvalue()
    assert "有意写错 9 行" in said.getvalue()
    planted = list(csv.DictReader(io.StringIO(written["planted.csv"].decode("utf-8-sig"))))
    assert {row["文件"] for row in planted} <= set(written)
