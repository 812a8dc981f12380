"""Periods of days in constraints: `[from, to)`, `to` null = open."""

from django.contrib.postgres.fields import DateRangeField, RangeBoundary
from django.db.models import Func


class DateRange(Func):
    """The PostgreSQL range of two date columns, for exclusion constraints."""

    function = "DATERANGE"
    output_field = DateRangeField()


def days_between(first: str, end: str) -> DateRange:
    """Return the half-open range of the columns `first` and `end`."""
    return DateRange(first, end, RangeBoundary())
