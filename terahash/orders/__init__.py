"""Orders: wishes for exposure, signed off chain, kept in a book, relayed, and taken on chain."""
