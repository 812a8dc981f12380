"""Files of enrollment into frozen dataclasses and row errors. They know no database."""
