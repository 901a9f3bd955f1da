"""The ledger: imported facts that are never edited, decisions that are only appended.

SQLite for one office desk, PostgreSQL for an office that shares one; one schema, one set of
guards. Not for rules: what to decide is decided elsewhere, this room only keeps it and refuses
what cannot be.
"""
