"""Identity numbers that come after a birth certificate, by register: joined to the same person, or said why not."""

import base64
import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from enrollment.parsers.residents import RegisteredLine
from enrollment.services.lists.places import Problem
from exchange.models import RowOutcome
from exchange.services.batches import RowResult
from registry.models import IdKind, Resident
from registry.models.sealing import blind_index, seal
from registry.rules.identity_numbers import InvalidIdentityNumber, read_identity_number
from registry.selectors import resident_ids_by_index

DOCUMENT = ("id_kind", "sealed_id_number", "id_index")


@dataclass(frozen=True, slots=True)
class Certified:
    """Residents by the blind index of the birth certificates that lines name beside identity numbers."""

    residents: Mapping[bytes, Resident]

    def holder(self, line: RegisteredLine) -> Resident | None:
        """Return who is registered by the certificate a line names; null = nobody, or it names none."""
        index = certificate_index(line)
        return None if index is None else self.residents.get(index)

    def problem(self, line: RegisteredLine, known: Resident | None, *, on: datetime.date) -> Problem | None:
        """Return why certificate and number cannot be one person's; null = they can."""
        holder = self.holder(line)
        if holder is None or holder == known:
            return None
        if known is not None:
            said = "出生医学证明和身份证号登记为两份档案，请在“参保登记”办理“合并新生儿档案”"
            return "two_records", said, "出生医学证明编号"
        if holder.id_kind != IdKind.BIRTH_CERTIFICATE:
            return "number_known", "该出生医学证明的人已登记另一个证件号码，请核对", "证件号码"
        try:
            read = read_identity_number(line.id_number, on=on)
        except InvalidIdentityNumber as invalid:
            return invalid.code, invalid.message, "证件号码"
        if (read.born_on, read.sex) != (holder.born_on, holder.sex):
            return "document_disagrees", "身份证号与出生医学证明登记的出生日期或性别不符", "证件号码"
        return None


def certificate_index(line: RegisteredLine) -> bytes | None:
    """Return the blind index of the certificate a line names; null = none."""
    return blind_index(line.certificate) if line.certificate else None


def certified(indexes: Iterable[bytes | None]) -> Certified:
    """Return who is registered by the certificates, in three queries; none if there are no certificates."""
    wanted = {index for index in indexes if index is not None}
    if not wanted:
        return Certified({})
    ids = resident_ids_by_index(wanted)
    related = ("household", "hukou_area", "living_area", "pooling_area")
    people = Resident.objects.select_related(*related).in_bulk(ids.values())
    return Certified({key: people[pk] for key, pk in ids.items()})


def joined(planned: RowResult, line: RegisteredLine) -> RowResult:
    """Return the result of a line that gives an identity number to the holder of a birth certificate."""
    index = certificate_index(line)
    assert index is not None
    sealed = base64.b64encode(seal(line.id_number)).decode()
    message = "、".join(part for part in ("补登身份证号", planned.message) if part)
    payload = {**planned.payload, "sealed": sealed, "certificate": index.hex()}
    return replace(planned, outcome=RowOutcome.CHANGED, message=message, payload=payload)


def give_number(resident: Resident, id_number: str) -> Resident:
    """Put an identity number on a person's record, unsaved: `DOCUMENT` names the fields."""
    resident.id_kind = IdKind.RESIDENT_ID
    resident.sealed_id_number, resident.id_index = seal(id_number), blind_index(id_number)
    return resident
