"""What somebody may do who disagrees with a settlement (异议), in words."""

from policy.schema.objections import Objections


def remedies(section: Objections | None, *, bureau: str) -> tuple[str, ...]:
    """Return what somebody may do who disagrees, as far as the documents say it."""
    said = section or Objections()
    office = bureau if said.office is None else said.office.value
    limit = "" if said.review_days is None else f"自收到本告知书之日起 {said.review_days.value} 日内，"
    lines = [f"对结算有疑问或者不同意的，{limit}可以向{office}查询、申请复核。"]
    ways = []
    if (days := said.reconsideration_days) is not None:
        ways.append((f"{days.value} 日内依法申请行政复议", days.clause))
    if (months := said.lawsuit_months) is not None:
        ways.append((f"{months.value} 个月内依法向人民法院提起行政诉讼", months.clause))
    if ways:
        clauses = dict.fromkeys(part for _, clause in ways for part in clause.split("；"))
        text = "，或者 ".join(words for words, _ in ways)
        lines.append(f"也可以自知道结算结果之日起 {text}（依据：{'；'.join(clauses)}）。")
    return tuple(lines)
