"""The lending vaults from Python: their clients, what becomes of a loan, and the commands."""
