"""Retroactive truth (追溯变更): what an identity known late, ended late or withdrawn moves of what was settled before.

`work` plans and does it, `outcomes` shows what would come of it, `questions` and `follow` ask, `decide` does what was
decided.
"""
