"""A made-up city in real counties: its people (`city`), the files agencies would send (`files`), its story (`story`).

Everything follows from a size and a seed. Nobody in it exists: identity numbers name places that were never allocated.
"""
