"""Files of hospitals: settlements and the list of facilities."""
