"""The tax authority's totals on the upload page."""

from enrollment.admin.lists import offer_file
from exchange.models import RowOutcome
from oversight.services.tax_totals import TAX_TOTALS

offer_file(
    TAX_TOTALS,
    meanings={
        RowOutcome.NEW: "没有报过，按清单登记",
        RowOutcome.CHANGED: "与原报不同，按清单更正，原数留在变更记录里",
        RowOutcome.UNCHANGED: "与原报相同",
        RowOutcome.DUPLICATE: "清单内有相同的一行",
        RowOutcome.CONFLICT: "与清单内另一行或数据日期较晚的汇总矛盾，不采用",
    },
)
