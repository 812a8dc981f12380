"""The story of the demo city: every step a bureau takes in a year, with its figures and how long it took.

Lists go in through the very commands a clerk would type. Every step may be run again: what is there stays as it is.
"""
