"""Files in: bank statements told by content, and the tables of a portfolio folder.

Gives records and findings. It never sees the ledger, and never asks what day it is.
"""
