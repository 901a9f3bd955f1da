"""Figures of an audit, from frames to frames: chain of statements, bank reconciliation, arrears.

Pure: no clock, no file, no database. `as_of` is a business date and is always passed.
"""
