"""Quorum feeds: reports that operators sign, the quorum that makes them count, and its contract."""
