"""Terahash: bitcoin mining capacity as an asset on any EVM chain.

``terahash.bitcoin`` is Bitcoin's own arithmetic (headers, targets, work, coinbases), in integers;
``terahash.deployment`` deploys the contracts; ``terahash.cli`` is the command line.
"""

__version__ = "0.1.0"
