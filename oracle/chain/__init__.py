"""How a publisher reaches an EVM chain."""
