"""The people of the demo city, without a database: the same size and seed give the same city."""
