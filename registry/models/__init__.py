"""Areas, households, residents, schools, spells elsewhere, staff scopes and the log of looks at full numbers."""

from registry.models.access import AccessLog, Role, StaffScope
from registry.models.area import Area, AreaFiscalClass, AreaLevel
from registry.models.insured_spell import InsuredSpell, Scheme
from registry.models.lookups import Among
from registry.models.resident import Household, IdKind, Resident, Sex
from registry.models.school import School

__all__ = [
    "AccessLog",
    "Among",
    "Area",
    "AreaFiscalClass",
    "AreaLevel",
    "Household",
    "IdKind",
    "InsuredSpell",
    "Resident",
    "Role",
    "Scheme",
    "School",
    "Sex",
    "StaffScope",
]
