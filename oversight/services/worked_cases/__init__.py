"""Worked cases (用例): expectations a policy officer writes, run through the very rules that charge and pay.

`format` reads files into entries, `run` hands each entry to the runner of its kind, `single` runs one rule through the
adapter that names its inputs and outputs, `report` says what came out. Docs: docs/worked-cases.md.
"""
