"""The upload page asks whose a list is: it offers who sends such lists for the area, and proposes what was agreed."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from exchange.models import Agency, AgencyKind, InboundBatch
from registry.models import Role
from tests.exchange.factories import AgencyFactory, ListAgreementFactory
from tests.hardship.lists import MARCH, civil, people
from tests.pages.conftest import at_desk, staff
from tests.registry.factories import area, daoli, harbin

pytestmark = pytest.mark.django_db
PAGE = "/admin/exchange/inboundbatch/upload_list/"


@pytest.fixture
def clerk():
    return at_desk(staff(Role.CLERK, daoli()))


def upload(client, *, agency: Agency | None, kind: str = "identities.civil_affairs"):
    given = {
        "kind": kind,
        "area": daoli().pk,
        "as_of": MARCH.isoformat(),
        "mode": "full",
        "agency": agency.pk if agency else "",
        "file": SimpleUploadedFile("民政.xlsx", civil((0, "人0", "低保"))),
    }
    return client.post(PAGE, given)


def test_those_who_send_lists_for_the_clerks_areas_are_offered(clerk):
    above = AgencyFactory(name="市民政局")
    here = AgencyFactory(name="道里区民政局", area=daoli())
    AgencyFactory(name="尚志市民政局", area=area("230183", name="尚志市", parent=harbin()))
    AgencyFactory(name="市财政局", kind=AgencyKind.FINANCE)
    AgencyFactory(name="撤并的民政局", is_active=False)

    offered = clerk.get(PAGE).context["form"].fields["agency"].queryset

    assert list(offered) == [above, here]


def test_the_page_proposes_what_was_agreed_for_the_clerks_areas(clerk):
    theirs = ListAgreementFactory(agency=AgencyFactory(area=daoli()), area=daoli())
    ListAgreementFactory()  # about the city, for which this clerk sends nothing in

    html = clerk.get(PAGE).content.decode()

    found = re.search(r'<script id="agreed" type="application/json">(.*?)</script>', html)
    assert found is not None
    assert json.loads(found[1]) == [
        {"kind": theirs.kind, "area": daoli().pk, "mode": "full", "agency": theirs.agency_id}
    ]


def test_the_chosen_agency_stands_on_the_list(clerk):
    people(1)
    agency = AgencyFactory(area=daoli())

    upload(clerk, agency=agency)

    assert InboundBatch.objects.get().agency == agency


def test_an_agency_that_sends_no_such_list_or_answers_for_other_areas_is_refused_in_words(clerk):
    farmers = AgencyFactory(name="道里区农业农村局", kind=AgencyKind.RURAL_AFFAIRS, area=daoli())
    town = AgencyFactory(name="新农镇民政办", area=area("230102101", level="town", parent=daoli()))

    wrong_kind = upload(clerk, agency=farmers).context["form"].errors["agency"]
    wrong_area = upload(clerk, agency=town).context["form"].errors["agency"]

    assert wrong_kind == ["道里区农业农村局不报送“民政困难身份名单”。"]
    assert len(wrong_area) == 1
    assert not InboundBatch.objects.exists()


def test_a_file_of_payments_is_nobodys(clerk):
    upload(clerk, agency=AgencyFactory(area=daoli()), kind="payments")

    assert not InboundBatch.objects.filter(agency__isnull=False).exists()
