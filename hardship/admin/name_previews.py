"""What mapping a name would do, as a reviewer sees it before they confirm."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from exchange.admin.rows import count_badges
from hardship.services.lists.previewing import Preview, PreviewedList
from policy.admin.display import link, table


def preview_table(preview: Preview, *, may_map: bool) -> SafeString:
    """Return the lists with what would become of their rows, and some of the people."""
    batches = table(
        ["已生效的清单", "地区", "确认后的结果", "由谁办理"],
        [
            (
                link(each.batch, each.batch.file_name),
                each.batch.area.name,
                count_badges(each.counts),
                _who_applies(each, may_map=may_map),
            )
            for each in preview.applied
        ],
        empty="没有已生效的清单在等这个名称",
    )
    behind = format_html(
        "<p>另有待确认清单中的 {} 行按对照重新比对，确认清单时才生效；全量名单因此可能多取消人，请在清单页重看。</p>",
        preview.waiting,
    )
    waiting = behind if preview.waiting else SafeString("")
    samples = table(["姓名", "证件号码", "说明"], preview.samples, empty="没有受影响的行")
    return batches + waiting + samples


def _who_applies(each: PreviewedList, *, may_map: bool) -> str:
    """Return in words who has the rows of a list take effect, and when."""
    if not each.is_theirs:
        return f"{each.batch.area.name}人员：确认后在清单页“重试待处理行”"
    return "您：确认后即办理" if may_map else f"{each.batch.area.name}的复核人员：确认后即办理"
