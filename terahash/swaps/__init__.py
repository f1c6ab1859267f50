"""Swaps: series of the pair market, and what is read of them and done with them."""
