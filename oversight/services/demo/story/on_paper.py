"""Bills on paper: one typed, cut at its check and settled by a second person; one that waits for its check."""

from decimal import Decimal

from django.contrib.auth.models import User

from benefits.models import Claim, ClaimKind, ClaimStage, ClaimState, ManualClaim, ManualLine
from benefits.services.manual_claims import Accepted, check_manual, settle_manual
from benefits.services.manual_entries import enter_manual
from oversight.services.demo.story.account import Account, money
from oversight.services.demo.story.book import Book
from oversight.services.demo.story.house import clerk

PAPERS = ("PJ2025990001", "PJ2025990002")


def on_paper(account: Account, book: Book) -> None:
    """Take two papers of people who had a stay in hospital, and lead the first to its settlement."""
    stays = Claim.objects.filter(pooling_area__code=book.city.facts.area, kind=ClaimKind.INPATIENT)
    settled = stays.filter(state=ClaimState.SETTLED, replaces=None)
    for number, stay in zip(
        PAPERS, settled.order_by("number").select_related("facility")[: len(PAPERS)], strict=False
    ):
        if not ManualClaim.objects.filter(number=number).exists():
            _enter(number, stay)
    waiting = ManualClaim.objects.filter(number=PAPERS[0], checked_by=None).first()
    if waiting is not None:
        _settle(waiting)
    for stage in ClaimStage.objects.filter(manual__number=PAPERS[0]).select_related("by").order_by("pk"):
        paid = "" if stage.out_of_pocket is None else f"，个人负担 {money(stage.out_of_pocket)}"
        account.line(
            f"{stage.get_stage_display()}（{stage.by}）：总费用 {money(stage.total)}，"
            f"政策范围内 {money(stage.eligible)}{paid}"
        )
    account.line(f"另有 {ManualClaim.objects.filter(checked_by=None).count()} 张票据待审核，在“零星报销”中")


def _enter(number: str, stay: Claim) -> None:
    """Type a paper of an outpatient visit on the day somebody left hospital."""
    paper = ManualClaim(
        number=number,
        resident_id=stay.resident_id,
        facility=stay.facility,
        kind=ClaimKind.OUTPATIENT,
        admitted_on=stay.discharged_on,
        discharged_on=stay.discharged_on,
        total=Decimal("680.00"),
    )
    lines = [
        ManualLine(name="检查费", item_class="a", amount=Decimal(200), eligible=Decimal(200)),
        ManualLine(
            name="药品", item_class="b", amount=Decimal(480), eligible=Decimal(400), class_b_copay=Decimal(80)
        ),
    ]
    enter_manual(manual=paper, lines=lines, user=clerk())


def _settle(paper: ManualClaim) -> None:
    """Accept the paper less a hundred yuan of drugs outside the catalogue, and settle it."""
    reviewer = User.objects.get(username="harbin-review")
    drugs = paper.lines.get(name="药品")
    accepted = {drugs.pk: Accepted(Decimal(300), Decimal(80), "outside_catalogue")}
    if check_manual(manual=paper, accepted=accepted, user=reviewer).claim is not None:
        settle_manual(manual=paper, user=reviewer)
