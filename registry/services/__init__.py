"""Writes of the registry: register, move, correct and close people; look at a full number."""

from registry.services.change_residents import change_id_number, change_name, record_death
from registry.services.lock_residents import lock_residents
from registry.services.move_residents import Move, PlaceKind, move, move_resident
from registry.services.register_residents import AlreadyRegistered, NewResident, register_residents
from registry.services.take_away import take_fiscal_class_away, take_scope_away
from registry.services.unmask_id_number import UnmaskingRefused, unmask_id_number

__all__ = [
    "AlreadyRegistered",
    "Move",
    "NewResident",
    "PlaceKind",
    "UnmaskingRefused",
    "change_id_number",
    "change_name",
    "lock_residents",
    "move",
    "move_resident",
    "record_death",
    "register_residents",
    "take_fiscal_class_away",
    "take_scope_away",
    "unmask_id_number",
]
