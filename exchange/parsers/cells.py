"""What a cell of a list says: dates, months, money and identity numbers in the forms people write them."""

import datetime
import functools
import re
from decimal import Decimal, InvalidOperation

from policy.errors import DomainError
from registry.rules.identity_numbers import normalized

PLAUSIBLE_YEARS = range(1900, 2101)
EXCEL_EPOCH = datetime.date(1899, 12, 30)
DAYS_TO_1904 = 1462  # between the first days that workbooks count from
SERIAL_DAYS = range(20_000, 80_000)  # 1954 to 2119; five digits are no other form of a date
LENGTH_OF_SERIAL = 5
LONGEST_AMOUNT = 20  # digits, those after the point with them
LONGEST_EXACT_NUMBER = 15  # digits a spreadsheet keeps of a number; the rest of an identity number is lost
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?")
MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
CLOCK = re.compile(r"[T ]\s*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2}(?:\.\d+)?) ?(Z|[+-]\d{2}:?\d{2})")
BEIJING = datetime.timezone(datetime.timedelta(hours=8))  # without summer time since 1992
ROUNDED = re.compile(r"\d(\.\d+)?E\+\d+", re.IGNORECASE)
MONEY_MARKS = str.maketrans("", "", "¥￥元,， \u00a0")
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
INVISIBLE = dict.fromkeys(
    (
        *(code for code in range(0x20) if chr(code) not in "\t\n\r"),
        *range(0x7F, 0xA0),
        0x00AD,
        *range(0x200B, 0x2010),  # zero-width marks and marks of direction
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        0xFEFF,
    )
)
LOST_ZERO = re.compile(r"\d{4}\.1")
LOOKS_LIKE_ID = re.compile(r"(\d{6})\d{8}(\d{3}[\dXx])|(?<!\d)(\d{6})\d{6}(\d{3})(?!\d)")
LONGEST_SHOWN = 40
SAID_OFTEN = 1_000  # days and amounts remembered: a list of 100,000 lines says few different ones
NOTHING = re.compile(r"[-—–－_/\\、.]*|暂?无|空|未填|N/?A|NULL", re.IGNORECASE)


class CellUnreadable(DomainError):
    """A cell does not say what its column wants; the message says what it should look like."""

    code = "cell_unreadable"


def as_text(value: object) -> str:
    """Return a stored cell as the text a person sees: whole numbers plain, days as `2024-01-05`, no padding.

    A number keeps the 15 digits spreadsheets keep; a longer one comes out as `2.30199196503043E+17`.
    """
    if isinstance(value, str):
        if value.isprintable():
            return value.strip()
        return value.translate(INVISIBLE).replace("\u3000", " ").replace("\u00a0", " ").strip()
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.{LONGEST_EXACT_NUMBER}g}".replace("e", "E")
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return "" if value is None else str(value)


@functools.lru_cache(maxsize=SAID_OFTEN)
def parse_date(text: str) -> datetime.date:
    """Return the day: 2024-1-5, 2024/1/5, 2024.1.5, 2024年1月5日, 20240105 or a spreadsheet's day number.

    A form without a day (2024/1, 202401, 2024年1月) means the first of the month; of a moment with an offset
    (2024-12-31T16:00:00Z) it is the day in Beijing.

    :raises CellUnreadable: if it is none of these or no such day exists
    """
    plain = CLOCK.sub("", normalized_spaces(text))
    if match := MOMENT.fullmatch(plain):
        return _beijing_day(match, shown=text)
    if plain.isascii() and plain.isdigit():
        return _from_digits(plain, shown=text)
    if match := DAY.fullmatch(plain):
        year, month, day = map(int, match.groups())
        return _day(year, month, day, shown=text)
    if LOST_ZERO.fullmatch(plain):  # a spreadsheet keeps the number 2024.10 as 2024.1
        raise CellUnreadable(
            f"日期“{text}”可能是1月，也可能是10月，请写成 {text[:4]}-01 或 {text[:4]}-10 的样子"
        )
    if match := MONTH.fullmatch(plain):
        year, month = map(int, match.groups())
        return _day(year, month, 1, shown=text)
    raise CellUnreadable(f"日期“{shown_cell(text)}”看不懂，请写成 2024-01-05 的样子")


def since_1900(text: str) -> str:
    """Return what a cell of a workbook that counts from 1904 says: a number of days as counted from 1900."""
    days = (
        int(text) + DAYS_TO_1904 if text.isascii() and text.isdigit() and len(text) == LENGTH_OF_SERIAL else 0
    )
    return str(days) if days in SERIAL_DAYS else text


def parse_day(text: str) -> datetime.date:
    """Return the day in any form that names one; a month alone is not enough.

    :raises CellUnreadable: if it is none of these
    """
    if is_month_alone(text):
        raise CellUnreadable(f"“{shown_cell(text)}”只有年月，请写到日，如 2024-01-05")
    return parse_date(text)


def is_month_alone(text: str) -> bool:
    """Return whether a form of a date has no day: 2024/1, 202401, 2024年1月."""
    plain = CLOCK.sub("", normalized_spaces(text))
    return MONTH.fullmatch(plain) is not None or re.fullmatch(r"\d{6}", plain) is not None


def parse_month(text: str) -> datetime.date:
    """Return the first day of the month: 202401, 2024-1, 2024年1月, or any form of a day in it.

    :raises CellUnreadable: if it is none of these
    """
    return parse_date(text).replace(day=1)


@functools.lru_cache(maxsize=SAID_OFTEN)
def parse_money(text: str) -> Decimal:
    """Return yuan: 1,234.50, ￥400, 400元; negative only as written with a minus sign.

    :raises CellUnreadable: if it is no amount or finer than a fen
    """
    amount = parse_amount(text)
    fen = amount.quantize(Decimal("0.01"))
    if fen != amount:
        raise CellUnreadable(f"金额“{shown_cell(text)}”超过两位小数")
    return fen


def parse_amount(text: str) -> Decimal:
    """Return an amount in the forms of `parse_money`, however fine it is.

    :raises CellUnreadable: if it is no number, or one longer than any amount
    """
    plain = normalized(text).translate(MONEY_MARKS).replace("−", "-")
    try:
        amount = Decimal(plain)
    except InvalidOperation:
        raise CellUnreadable(f"金额“{shown_cell(text)}”不是数字") from None
    if not amount.is_finite() or "E" in plain or "_" in plain:
        raise CellUnreadable(f"金额“{shown_cell(text)}”不是数字")
    if len(amount.as_tuple().digits) > LONGEST_AMOUNT:
        raise CellUnreadable(f"金额“{shown_cell(text)}”位数太多")
    return amount


def is_nothing(text: str) -> bool:
    """Return whether a cell says that there is nothing to say: blank, /, -, 无."""
    return NOTHING.fullmatch(normalized_spaces(text)) is not None


def clean_id(text: str) -> str:
    """Return an identity or certificate number as it is compared; empty stays empty.

    :raises CellUnreadable: if the spreadsheet kept it as a number and so lost its last digits
    """
    number = normalized(text)
    if number.startswith("="):
        number = number.lstrip("=")
    number = number.strip("\"'‘’`")
    if ROUNDED.fullmatch(number):
        raise CellUnreadable("证件号码在表格中存成了数字，末几位已丢失；请将该列设为文本格式后重新填写")
    return number


def shown_cell(text: str) -> str:
    """Return a cell as a message may quote it: one short line, identity numbers masked."""
    line = hidden_numbers(normalized_spaces(text))
    return line if len(line) <= LONGEST_SHOWN else f"{line[:LONGEST_SHOWN]}…"


def hidden_numbers(text: str) -> str:
    """Return text with what may be an identity number masked, as numbers are masked everywhere."""
    return LOOKS_LIKE_ID.sub(lambda found: f"{found[1] or found[3]}********{found[2] or found[4]}", text)


def normalized_spaces(text: str) -> str:
    """Return half-width text with single spaces and without invisible marks, ready for a pattern."""
    return " ".join(as_text(text).translate(HALF_WIDTH).split())


def _from_digits(digits: str, *, shown: str) -> datetime.date:
    match len(digits):
        case 8:
            return _day(int(digits[:4]), int(digits[4:6]), int(digits[6:]), shown=shown)
        case 6:
            return _day(int(digits[:4]), int(digits[4:]), 1, shown=shown)
        case 5 if int(digits) in SERIAL_DAYS:
            return EXCEL_EPOCH + datetime.timedelta(days=int(digits))
    raise CellUnreadable(f"日期“{shown_cell(shown)}”看不懂，请写成 2024-01-05 的样子")


def _beijing_day(match: re.Match[str], *, shown: str) -> datetime.date:
    try:
        moment = datetime.datetime.fromisoformat("{}T{}{}".format(*match.groups()))
        day = moment.astimezone(BEIJING).date()
    except (ValueError, OverflowError):
        raise CellUnreadable(f"时刻“{shown_cell(shown)}”不存在") from None
    return _day(day.year, day.month, day.day, shown=shown)


def _day(year: int, month: int, day: int, *, shown: str) -> datetime.date:
    if year not in PLAUSIBLE_YEARS:
        raise CellUnreadable(f"日期“{shown_cell(shown)}”的年份不对")
    try:
        return datetime.date(year, month, day)
    except ValueError:
        raise CellUnreadable(f"日期“{shown_cell(shown)}”不存在") from None
