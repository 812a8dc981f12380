"""The stages of a settled claim as its page shows them."""

from django.utils import timezone
from django.utils.safestring import SafeString

from benefits.models import Claim
from benefits.selectors.claim_stages import AMOUNTS, Stage, stages_of
from policy.admin.display import NOTHING, name_of, table, yuan_text

HEAD = (
    "阶段", "时间", "经办", "总费用", "政策范围内", "乙类先行自付", "基本医保", "大病保险", "补充保险", "医疗救助",
    "个人负担", "说明",
)  # fmt: skip


def stages_table(claim: Claim) -> SafeString:
    """Return the stages with the amounts at each."""
    return table(HEAD, [_cells(stage) for stage in stages_of(claim)], numeric=range(3, 3 + len(AMOUNTS)))


def _cells(stage: Stage) -> tuple[object, ...]:
    amounts = (NOTHING if amount is None else yuan_text(amount) for amount in stage.amounts)
    at = timezone.localtime(stage.at).strftime("%Y-%m-%d %H:%M")
    return (stage.label, at, name_of(stage.by) if stage.by else NOTHING, *amounts, stage.reason)
