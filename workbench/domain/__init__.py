"""The field's own words: money, dates, records, balances, findings, errors.

Nothing here reads a file, a clock or a database. Every other room may import this one.
"""
