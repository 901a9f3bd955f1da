"""The demo portfolio: a seeded generator of believable co-ownerships and rentals, at any size.

`portfolio.generate` makes it, `Portfolio.write` writes the contract's tables and the bank's files,
and `Portfolio.truth` says what each movement really settles, which is what benchmarks measure
against. Not for real data: every person, company and account number here is invented.
"""
