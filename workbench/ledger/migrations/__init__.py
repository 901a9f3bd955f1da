"""What changed in the ledger's tables, revision by revision (Alembic)."""
