"""Rules of casework, without a database."""
