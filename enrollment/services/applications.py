"""Applications for the fiscal subsidy (财政补助申请): drawn up, submitted, signed by finance, returned, taken back."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from enrollment.batch.application_rows import Place, let_go, write_rows
from enrollment.models import (
    ApplicationLine,
    ApplicationRow,
    ApplicationState,
    SubsidyApplication,
    SubsidyShare,
)
from enrollment.services.subsidies import county_of
from policy.errors import DomainError
from policy.money import ZERO
from registry.batch.history import rewrite_with_history, write_with_history
from registry.models import Area, AreaFiscalClass, Role
from registry.selectors import areas_under, has_role

DRAW_UP = "draw up subsidy application"
SUBMIT = "submit subsidy application"
SIGN = "sign subsidy application"
RETURN = "return subsidy application"
TAKE_BACK = "take back subsidy application"
SUMS = ("people", "amount", "made_by", "made_at")
DECISION = ("state", "decided_by", "decided_at", "reason")


class NothingToApply(DomainError):
    """No share waits to be asked for, none to be taken back."""

    code = "nothing_to_apply"


class ApplicationNotOpen(DomainError):
    """The application is past that step."""

    code = "application_not_open"


class ApplicationOutdated(DomainError):
    """Shares it asks for were taken back or changed since it was drawn up."""

    code = "application_outdated"


class LaterApplication(DomainError):
    """A later application asks for shares that this one takes back."""

    code = "later_application"


class NotYourSignature(DomainError):
    """Who drew up or submitted may not sign, nor anybody without finance's role."""

    code = "not_your_signature"


class ApplicationReasonMissing(DomainError):
    """Letting an application go needs a reason."""

    code = "reason_missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is asked of whom: a level's share of a component below an area, in the year it is asked for."""

    area: Area
    year: int
    level: str
    component: str = "basic"


@transaction.atomic
def draw_up(*, claim: Claim, user: User) -> SubsidyApplication:
    """Draw up the application of all shares not asked for yet, or draw its draft up anew; return the draft.

    Shares asked for that are not owed any more are taken back by negative rows. Somebody who has moved since counts
    where they paid; what is taken back counts where it was asked for.

    :raises NothingToApply: if there is neither; then nothing is written
    """
    _lock(claim.component, claim.level)
    same = {"area": claim.area, "year": claim.year, "component": claim.component, "level": claim.level}
    draft = SubsidyApplication.objects.filter(**same, state=ApplicationState.DRAFT).first()
    if draft is None:
        fresh = SubsidyApplication(**same, made_by=user, made_at=timezone.now())
        (draft,) = write_with_history([fresh], reason=DRAW_UP, user=user)
    else:
        let_go(draft)
        ApplicationRow.objects.filter(line__application=draft).delete()
        ApplicationLine.objects.filter(application=draft).delete()
    write_rows(draft, _places(claim))
    if not draft.lines.exists():
        raise NothingToApply(f"{claim.area.name} {claim.year} 年度没有待申请或待冲回的财政补助")
    sums = draft.lines.aggregate(people=Sum("people", default=0), amount=Sum("amount", default=ZERO))
    draft.people, draft.amount = sums["people"], sums["amount"]
    draft.made_by, draft.made_at = user, timezone.now()
    rewrite_with_history([draft], fields=SUMS, reason=DRAW_UP, user=user)
    return draft


@transaction.atomic
def submit(*, application: SubsidyApplication, user: User) -> SubsidyApplication:
    """Submit a draft to finance: from now on it and its rows stay as they are.

    :raises ApplicationNotOpen: if it is no draft
    :raises ApplicationOutdated: if a share it asks for is not owed any more: draw it up anew
    """
    draft = _locked(application, ApplicationState.DRAFT)
    if changed := outdated_rows(draft):
        raise ApplicationOutdated(f"编制后有 {changed} 条补助发生变动，请重新编制后提交", rows=changed)
    draft.state = ApplicationState.SUBMITTED
    draft.submitted_by, draft.submitted_at = user, timezone.now()
    fields = ("state", "submitted_by", "submitted_at")
    rewrite_with_history([draft], fields=fields, reason=SUBMIT, user=user)
    return draft


@transaction.atomic
def sign(*, application: SubsidyApplication, user: User) -> SubsidyApplication:
    """Sign a submitted application off for finance (审签).

    :raises ApplicationNotOpen: if it was not submitted, or decided already
    :raises NotYourSignature: if the user drew it up or submitted it, or does not act for finance there
    """
    asked = _locked(application, ApplicationState.SUBMITTED)
    _check_signer(asked, user)
    asked.state, asked.decided_by, asked.decided_at = ApplicationState.SIGNED, user, timezone.now()
    rewrite_with_history([asked], fields=DECISION, reason=SIGN, user=user)
    return asked


@transaction.atomic
def return_application(*, application: SubsidyApplication, reason: str, user: User) -> SubsidyApplication:
    """Return a submitted application with a reason: it stays on record, its shares may be asked for again.

    :raises ApplicationNotOpen: if it was not submitted, or decided already
    :raises NotYourSignature: as for `sign`
    :raises LaterApplication: if what it takes back has been asked for again since
    """
    asked = _locked(application, ApplicationState.SUBMITTED)
    _check_signer(asked, user)
    asked.decided_by, asked.decided_at = user, timezone.now()
    return _let_go(asked, ApplicationState.RETURNED, reason=reason, change=RETURN, user=user)


@transaction.atomic
def take_back(*, application: SubsidyApplication, reason: str, user: User) -> SubsidyApplication:
    """Take an application back that finance has not decided: it stays on record, its shares may be asked for again.

    :raises ApplicationNotOpen: if finance has decided it, or it was let go already
    :raises LaterApplication: if what it takes back has been asked for again since
    """
    asked = _locked(application, ApplicationState.DRAFT, ApplicationState.SUBMITTED)
    return _let_go(asked, ApplicationState.WITHDRAWN, reason=reason, change=TAKE_BACK, user=user)


def outdated_rows(application: SubsidyApplication) -> int:
    """Return how many shares an application asks for that are not owed any more as it says."""
    same = {name: OuterRef(name) for name in ("contribution", "fiscal_year", "component", "level", "amount")}
    owed = SubsidyShare.objects.filter(**same).annotate(asked_in=Coalesce("claim_year", "fiscal_year"))
    rows = ApplicationRow.objects.filter(line__application=application, reverses=None)
    return rows.exclude(Exists(owed.filter(asked_in=application.year))).count()


def _lock(component: str, level: str) -> None:
    """Let one transaction at a time give out or let go the shares of a level."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"subsidies:{component}:{level}"])


def _locked(application: SubsidyApplication, *states: str) -> SubsidyApplication:
    _lock(application.component, application.level)
    found = SubsidyApplication.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if found.state not in states:
        raise ApplicationNotOpen(f"该申请{found.get_state_display()}，不能再办理", state=found.state)
    return found


def _check_signer(application: SubsidyApplication, user: User) -> None:
    if user.pk in (application.made_by_id, application.submitted_by_id):
        raise NotYourSignature("编制人、提交人不能审签本人的申请")
    if not has_role(user, Role.FINANCE, area=application.area):
        raise NotYourSignature("只有该地区的财政审签人员可以审签")


def _let_go(
    application: SubsidyApplication, state: ApplicationState, *, reason: str, change: str, user: User
) -> SubsidyApplication:
    if not reason.strip():
        raise ApplicationReasonMissing("请填写事由", field="reason")
    if _is_asked_again(application):
        raise LaterApplication("本申请冲回的补助已列入后一份申请，请先撤回后一份申请")
    let_go(application)
    application.state, application.reason = state, reason.strip()
    rewrite_with_history([application], fields=DECISION, reason=change, user=user)
    return application


def _is_asked_again(application: SubsidyApplication) -> bool:
    """Return whether another living application asks for a share that this one takes back."""
    key = ("contribution", "fiscal_year", "component", "level")
    taken = ApplicationRow.objects.filter(line__application=application, reverses__isnull=False)
    others = ApplicationRow.objects.filter(is_open=True, **{name: OuterRef(name) for name in key})
    return taken.filter(Exists(others.exclude(line__application=application))).exists()


def _places(claim: Claim) -> list[Place]:
    """Return every area below the claim's in each fiscal year that may be asked for in its year."""
    areas = list(areas_under(claim.area).values_list("pk", "path"))
    codes = {code for _, path in areas for code in path.strip("/").split("/")}
    keys = dict(Area.objects.filter(code__in=codes).values_list("code", "pk"))
    shares = SubsidyShare.objects.filter(component=claim.component, level=claim.level)
    asked = shares.annotate(asked_in=Coalesce("claim_year", "fiscal_year")).filter(asked_in=claim.year)
    years = set(asked.order_by().values_list("fiscal_year", flat=True).distinct()) or {claim.year}
    classes = {
        (code, year): name
        for code, year, name in AreaFiscalClass.objects.filter(
            fiscal_year__in=years, area__code__in=codes
        ).values_list("area__code", "fiscal_year", "fiscal_class")
    }
    return [
        Place(pk, year, keys[county_of(path)], _class_of(path, year, classes, claim.component))
        for pk, path in areas
        for year in sorted(years)
    ]


def _class_of(path: str, year: int, classes: dict[tuple[str, int], str], component: str) -> str:
    """Return the class of the nearest area that has one; components that no class divides have none."""
    if component == "ltc":
        return ""
    codes = path.strip("/").split("/")[::-1]
    return next((classes[code, year] for code in codes if (code, year) in classes), "")
