"""The hashrate token from Python: its clients, what it owes, and the commands that use it."""
