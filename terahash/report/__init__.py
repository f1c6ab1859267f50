"""The report of a run: models of its numbers, and one page of HTML made from them.

Pure: models go in, text comes out. A chapter of the demo is three files here: its numbers
(`replay.py`), its charts (`replay_charts.py`), and the section that both the terminal and the page
print (`replay_section.py`). The hashprice index, the quorum's feeds and the issuance have their own
(`index*.py`, `quorum*.py`, `issuance*.py`). `page.py` puts sections together.
"""
