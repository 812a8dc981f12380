"""History of changes as every app records it: who, when, why, and the row as it was."""

from simple_history.models import HistoricalRecords


def change_history(name: str) -> HistoricalRecords:
    """Return the history manager of a model that staff call `name`."""
    title = f"{name}变更记录"
    return HistoricalRecords(verbose_name=title, verbose_name_plural=title)
