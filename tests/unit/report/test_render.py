"""The page: everything on it, nothing from outside."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

from terahash.report.index import IndexReplay
from terahash.report.index_section import section as index_section
from terahash.report.page import Report, Run, render
from terahash.report.replay import Replay
from terahash.report.replay_section import section

VOID = {"meta", "link", "br", "img", "input", "hr"}


class _Page(HTMLParser):
    """Collects ids and references, and checks that elements nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.references: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.handle_startendtag(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            if name in ("href", "src", "srcset", "action", "data"):
                self.references.add(value or "")
            self.references |= set(re.findall(r"url\(([^)]+)\)", value or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_render__a_replay__holds_its_numbers(replay: Replay, run: Run) -> None:
    page = render(run, [section(replay)])
    for number in ("72.0061", "+6.98", "0x1703e8b3", "3,516", "506,249", "2,000,000", "0.000566"):
        assert number in page
    for day in replay.days:
        assert day.last_hash in page
    assert "written 2027-01-15 08:00 UTC after 4.2 s" in page


def test_render__a_replay__asks_nothing_of_the_outside(replay: Replay, run: Run) -> None:
    page = render(run, [section(replay)])
    parsed = _Page(page)
    assert not re.search(r"https?:|<script|@import|javascript:", page, re.IGNORECASE)
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in page
    assert all(reference.startswith("#") for reference in parsed.references)
    assert {reference[1:] for reference in parsed.references} <= set(parsed.ids)
    assert not parsed.tags & {"script", "link", "iframe", "img", "object", "embed"}


def test_render__a_replay__is_well_formed_and_small(replay: Replay, run: Run) -> None:
    page = render(run, [section(replay)])
    parsed = _Page(page)
    assert parsed.open == []
    assert len(parsed.ids) == len(set(parsed.ids))
    assert len(page.encode()) < 300_000


def test_render__a_replay__takes_every_colour_of_its_charts_from_the_page(
    replay: Replay, run: Run
) -> None:
    page = render(run, [section(replay)])
    charts = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert page.count("<svg") == 6
    assert not re.search(r"#[0-9a-f]{6}\b", charts)
    used = set(re.findall(r"var\((--\w+)\)", charts))
    assert used == {"--ink", "--muted", "--line", "--accent"}  # no day above 24 hours here
    dark = page.split("prefers-color-scheme: dark")[1]
    for variable in used:
        assert f"{variable}:" in page.split("prefers-color-scheme: dark")[0]
        assert f"{variable}:" in dark


def test_render__the_same_numbers__is_the_same_page(replay: Replay, run: Run) -> None:
    assert render(run, [section(replay)]) == render(run, [section(replay)])


def test_render__text_with_markup__is_escaped(replay: Replay, run: Run) -> None:
    told = replace(section(replay), title="<b>1 & 2</b>")
    assert "&lt;b&gt;1 &amp; 2&lt;/b&gt;" in render(run, [told])


def test_render__two_chapters__appends_them_and_links_to_each(
    replay: Replay, index: IndexReplay, run: Run
) -> None:
    later = index_section(index)
    page = render(run, [section(replay), later])
    assert page.index('<section id="relay">') < page.index('<section id="index">')
    assert '<a href="#index">The hashprice index, on chain</a>' in page
    assert "<nav" not in render(run, [later])


def test_render__two_chapters__is_well_formed_and_has_every_chart(
    replay: Replay, index: IndexReplay, run: Run
) -> None:
    page = render(run, [section(replay), index_section(index)])
    parsed = _Page(page)
    assert parsed.open == []
    assert len(parsed.ids) == len(set(parsed.ids))
    assert page.count("<svg") == 10
    assert not re.search(r"#[0-9a-f]{6}\b", "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL)))
    assert {reference[1:] for reference in parsed.references} <= set(parsed.ids)
    for day in index.days:
        assert f"{day.close_gas:,}" in page


def test_report__as_json__nests_every_number_of_a_chapter(replay: Replay, run: Run) -> None:
    report = Report(run=run, chapters={"relay": replay}).model_dump(mode="json")
    assert report["run"]["peak_memory"] == 200_000_000
    assert report["chapters"]["relay"] == replay.model_dump(mode="json")
