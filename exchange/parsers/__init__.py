"""Files as partners really send them, and files as they can read them."""
