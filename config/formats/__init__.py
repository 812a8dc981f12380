"""How days and times are written: as in the notices' tables, sortable and short."""
