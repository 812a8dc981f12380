"""Pages of casework."""

from casework.admin import cases, panels

__all__ = ["cases", "panels"]
