"""What operators run: sources of Bitcoin data, of which nothing is trusted until it is verified."""
