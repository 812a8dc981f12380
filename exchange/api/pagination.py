"""Pages by cursor: stable while rows come in, and as cheap at the end as at the start."""

from rest_framework.pagination import CursorPagination


class ByKey(CursorPagination):
    """Pages in the order of the primary keys, oldest first."""

    ordering = "id"
    page_size = 100
