"""Which movement pays which due: pure rules on frames, no clock, no file, no database.

`engine.match` is the whole match; every other room is one step of it.
"""
