"""A month compared inside the database: its facts staged once, each class of difference one statement over them."""
