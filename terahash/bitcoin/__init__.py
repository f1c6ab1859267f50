"""Bitcoin's own arithmetic, once: in integers, with every rule that nodes apply to headers."""
