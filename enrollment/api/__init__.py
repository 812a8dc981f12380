"""Partners ask what somebody would owe and whether they are covered, and report payments."""
