"""Until when something holds, as certificates say it: 2020.12.31-2030.12.31, 2030-12-31止, 2030年12月, 永久有效."""

import calendar
import datetime
import re

from exchange.parsers.cells import normalized_spaces
from exchange.parsers.tables import CellUnreadable, parse_date

OPEN = {"长期", "长期有效", "永久", "永久有效", "终身", "终身有效", "无期限", "无固定期限"}
_DAY = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{4}[-/.年]\d{1,2}月?|\d{8}|\d{5,6}"
TERM = re.compile(rf"((自|从)?(?P<first>{_DAY})起?(至|到|[-~—–－]+))?至?(?P<last>{_DAY}|[^\d\W]+?)(止|为止)?")
MONTH_ALONE = re.compile(r"\d{4}[-/.年]\d{1,2}月?|\d{6}")
CLOCK = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2})?")
NEVER = re.compile(r"9999[-/.年]\d{1,2}[-/.月]\d{1,2}日?|9999(1231)?年?")


def last_day_of_term(text: str) -> datetime.date | None:
    """Return the last day of a term, a month's last day where it says a month; null = it is said to have none.

    :raises CellUnreadable: if it is no term, or ends before it begins
    """
    plain = CLOCK.sub("", normalized_spaces(text)).replace(" ", "")
    found = TERM.fullmatch(plain)
    last = found["last"] if found else plain
    if last in OPEN or NEVER.fullmatch(last):
        return None
    day = parse_date(last)
    if MONTH_ALONE.fullmatch(last):
        day = day.replace(day=calendar.monthrange(day.year, day.month)[1])
    if found and found["first"] and parse_date(found["first"]) > day:
        raise CellUnreadable(f"期限“{plain[:40]}”的止日早于起日")
    return day
