"""The order relay: a book that strangers post to and read, small enough to host oneself."""
