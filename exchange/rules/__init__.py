"""Rules of the exchange, without a database."""
