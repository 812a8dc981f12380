"""References are checked with their statement where many are written, and at the end elsewhere."""

import pytest
from django.db import IntegrityError, transaction

from registry.batch.checking import references_checked_at_once
from registry.batch.copying import copy_rows
from registry.models import AccessLog

pytestmark = pytest.mark.django_db


def look_at_nobody():
    copy_rows([AccessLog(resident_id=0, agency_code="A1", purpose="核对")])


def test_a_row_of_nobody_fails_with_its_statement():
    with (
        transaction.atomic(),
        references_checked_at_once(),
        pytest.raises(IntegrityError),
        transaction.atomic(),
    ):
        look_at_nobody()

    assert not AccessLog.objects.exists()


def test_afterwards_references_wait_for_the_end_again():
    with transaction.atomic():
        with references_checked_at_once():
            pass
        look_at_nobody()
        assert AccessLog.objects.exists()
        transaction.set_rollback(True)
