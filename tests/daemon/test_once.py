"""One pass of the publisher, on a real EVM, from servers that tell the truth, or do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from oracle.once import Pass, run_once
from oracle.sources import BlockSource, CoreSource, EsploraSource, FileSource
from oracle.sources.coinbase_file import WithCoinbases
from terahash.bitcoin.archive import Archive
from terahash.bitcoin.header import HEADER_SIZE, Header, double_sha256
from terahash.bitcoin.merkle import merkle_branch, merkle_root
from terahash.bitcoin.network import MAINNET, Network, subsidy
from terahash.bitcoin.proof import SHIPPED_PROOFS, CoinbaseProof, read_proofs
from terahash.bitcoin.state import DAY_BLOCKS, State, extend
from terahash.bitcoin.tree import split
from terahash.chain import ChainError, Receipt
from terahash.deployment import Deployment, Terms, deploy
from terahash.hashprice_index import HashpriceIndex
from terahash.headers import SHIPPED_ARCHIVE
from terahash.relay import Relay
from terahash.units import DAY
from tests.support.bitcoin_servers import BitcoinNode, Coinbase
from tests.support.miner import TRIVIAL, checkpoint, coinbase, mine, next_header, seal
from tests.support.revm_chain import RevmChain
from tests.support.shared_data import FIRST, shipped_headers

START = Archive.open(SHIPPED_ARCHIVE).checkpoint
Serve = Callable[..., Any]


class Publisher:
    """A deployment, and whoever runs `once` on it.

    Attributes:
        warnings: of all passes.
        sends: transactions of all passes.
    """

    def __init__(
        self, start: State = START, network: Network = MAINNET, confirmations: int = 1
    ) -> None:
        self.network = network
        self.chain: Any = RevmChain(start.time)
        terms = Terms(start, network.limit, confirmations, unit=1 if network != MAINNET else 10**12)
        self.deployment: Deployment = deploy(self.chain, terms)
        self.relay = Relay(self.chain, self.deployment.address("BitcoinRelay"))
        self.index = HashpriceIndex(self.chain, self.deployment.address("HashpriceIndex"))
        self.warnings: list[str] = []
        self.sends = 0

    def once(self, *sources: BlockSource, is_dry: bool = False, chain: Any = None) -> Pass:
        done = run_once(
            chain or self.chain,
            self.deployment,
            sources,
            now=self.chain.now,
            network=self.network,
            is_dry=is_dry,
            warn=self.warnings.append,
        )
        self.sends += len(done.steps)
        return done

    def wait(self, seconds: int = DAY) -> None:
        self.chain.now += seconds

    def after(self, headers: Sequence[bytes]) -> None:
        """Let time pass until these headers have been mined."""
        self.chain.now = max(self.chain.now, *(Header.parse(header).time for header in headers))

    def follows(self, headers: Sequence[bytes]) -> bool:
        """Say whether the relay's tip is the end of these headers after the shipped checkpoint."""
        state = extend(START, b"".join(headers))
        return self.relay.tip()[:2] == (state.chainwork, state.height) and self.relay.known(state)


def whats(done: Pass) -> list[str]:
    return [step.what for step in done.steps]


def shipped(count: int) -> list[bytes]:
    return list(shipped_headers()[:count])


def node(count: int) -> BitcoinNode:
    """A node that has the first so many shipped headers, and block 830,000's coinbase."""
    (proof,) = read_proofs(SHIPPED_PROOFS)
    coinbase = Coinbase(proof.coinbase, [double_sha256(proof.coinbase)], proof.branch)
    return BitcoinNode(FIRST, shipped(count), {proof.height: coinbase})


@pytest.fixture
def core(serve: Serve) -> Callable[[BitcoinNode], CoreSource]:
    return lambda bitcoin: CoreSource(f"http://{serve(bitcoin.core).address}")


@pytest.fixture
def esplora(serve: Serve) -> Callable[[BitcoinNode], EsploraSource]:
    return lambda bitcoin: EsploraSource(f"http://{serve(bitcoin.esplora).address}/api")


@pytest.fixture(params=["core", "esplora"])
def source_of(request: pytest.FixtureRequest) -> Callable[[BitcoinNode], BlockSource]:
    found: Callable[[BitcoinNode], BlockSource] = request.getfixturevalue(request.param)
    return found


# The main job


def test_once__three_days_from_a_server__relayed_final_recorded_closed(source_of: Any) -> None:
    publisher, bitcoin = Publisher(), node(3 * DAY_BLOCKS + 1)
    source = source_of(bitcoin)
    publisher.after(bitcoin.headers)
    first = publisher.once(source)
    assert whats(first) == [
        "relayed headers 822,528 to 822,671",
        "relayed headers 822,672 to 822,815",
        "relayed headers 822,816 to 822,959",
        "relayed headers 822,960 to 822,960",
    ]
    assert publisher.follows(bitcoin.headers)
    publisher.wait()
    assert whats(publisher.once(source)) == [
        "finalized block-days 5712 to 5714",
        "recorded block-days 5712 to 5714",
    ]
    publisher.wait()
    assert whats(publisher.once(source)) == ["closed block-day 5713", "closed block-day 5714"]
    assert publisher.once(source) == Pass([], [])
    # These servers know no coinbases but one.
    assert all("getblock" in warning or "txid/0" in warning for warning in publisher.warnings)


class OneCoinbase(EsploraSource):
    """A server of which one coinbase is asked, for it has no other."""

    def coinbase(self, height: int) -> CoinbaseProof | None:
        return super().coinbase(height) if height == 830_000 else None


def test_once__block_830000_from_esplora__its_fees_proven(serve: Serve) -> None:
    server = serve(node(len(shipped_headers())).esplora)
    publisher, source = Publisher(), OneCoinbase(f"http://{server.address}/api")
    files = FileSource.open(str(SHIPPED_ARCHIVE))
    publisher.after(shipped_headers())
    steps: list[str] = []
    while publisher.index.latest().day < 5_763:
        is_near = publisher.index.recorded() >= 5_756
        steps += whats(publisher.once(source if is_near else files))
        publisher.wait()
    assert "proved 23,268,040 sats of fees of block 830,000, in block-day 5763" in steps
    assert publisher.index.block_day(5_763).fees == 23_268_040


def test_once__file_of_headers_and_coinbases__same_as_the_library(serve: Serve) -> None:
    publisher = Publisher()
    files = WithCoinbases.open(FileSource.open(str(SHIPPED_ARCHIVE)), SHIPPED_PROOFS)
    publisher.after(shipped_headers())
    while publisher.once(files).steps:
        publisher.wait()
    latest = publisher.index.latest()
    assert latest.day == 5_767
    assert latest.earned - latest.floor_earned > 0
    assert publisher.index.block_day(5_763).fees == 23_268_040


# Sources that are wrong, stale or forked


def corrupt(height: int, change: Callable[[Header], Header]) -> BitcoinNode:
    """A node whose chain has one header changed, and nothing after it."""
    bitcoin = node(height - FIRST + 1)
    bitcoin.headers[-1] = change(Header.parse(bitcoin.headers[-1])).serialize()
    return BitcoinNode(FIRST, bitcoin.headers)


WRONG = {
    "proof of work": (lambda h: h._replace(nonce=h.nonce ^ 1), "insufficient work"),
    "bits": (lambda h: h._replace(bits=h.bits + 1), "unexpected bits"),
    "link": (lambda h: h._replace(parent=h.merkle_root), "parent mismatch"),
    "time": (lambda h: h._replace(time=h.time - 90_000), "time not above median"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_once__header_that_breaks_a_rule__source_left_out_and_named(
    source_of: Any, wrong: str
) -> None:
    change, rule = WRONG[wrong]
    publisher, liar = Publisher(), source_of(corrupt(FIRST + 200, change))
    publisher.after(shipped(201))
    alone = publisher.once(liar)
    assert alone.steps == []
    assert alone.failures == ["no source gave a chain of valid headers: add another --source"]
    assert rule in publisher.warnings[0]
    assert liar.name in publisher.warnings[0]
    honest = source_of(node(150))
    assert whats(publisher.once(liar, honest)) == [
        "relayed headers 822,528 to 822,671",
        "relayed headers 822,672 to 822,677",
    ]
    assert publisher.follows(shipped(150))


@pytest.mark.parametrize("status, text", [(200, "<html>busy</html>"), (500, "no"), (404, "no")])
def test_once__server_that_answers_nonsense__others_go_on(
    serve: Serve, core: Any, status: int, text: str
) -> None:
    publisher = Publisher()
    publisher.after(shipped(10))
    broken = EsploraSource(f"http://{serve(lambda *_: (status, text)).address}/api")
    assert len(publisher.once(broken, core(node(10))).steps) == 1
    assert publisher.follows(shipped(10))
    assert len(publisher.warnings) == 1


def test_once__stale_source__does_nothing_and_hinders_nobody(source_of: Any) -> None:
    publisher = Publisher()
    stale, fresh = source_of(node(50)), source_of(node(60))
    publisher.after(shipped(60))
    assert whats(publisher.once(stale, fresh)) == ["relayed headers 822,528 to 822,587"]
    assert publisher.once(stale) == Pass([], [])
    assert publisher.follows(shipped(60))


def test_once__source_of_another_network__refused(source_of: Any) -> None:
    publisher = Publisher()
    headers, _ = mine(checkpoint(), 20, network=TRIVIAL)
    other = BitcoinNode(FIRST, split(headers))
    publisher.after(shipped(10))
    done = publisher.once(source_of(other))
    assert done.steps == []
    assert "does not hold the relay's checkpoint" in publisher.warnings[0]


def forked(common: int, ours: int, theirs: int) -> tuple[BitcoinNode, list[bytes], State]:
    """A synthetic node on one branch, the headers of another, and where they part."""
    headers, fork = mine(checkpoint(), common, network=TRIVIAL)
    branch, _ = mine(fork, ours, 1, network=TRIVIAL)
    other, _ = mine(fork, theirs, 2, network=TRIVIAL)
    return BitcoinNode(2_016, split(headers + branch)), split(other), fork


@pytest.mark.parametrize("common, ours, theirs", [(20, 1, 2), (140, 9, 10), (100, 60, 190)])
def test_once__reorganisation__relays_from_the_newest_shared_state(
    source_of: Any, common: int, ours: int, theirs: int
) -> None:
    publisher = Publisher(checkpoint(), TRIVIAL)
    bitcoin, other, fork = forked(common, ours, theirs)
    source = source_of(bitcoin)
    publisher.after([*bitcoin.headers, *other])
    publisher.once(source)
    bitcoin.follow(fork, other)
    done = publisher.once(source)
    assert done.failures == []
    state = extend(fork, b"".join(other), TRIVIAL)
    assert publisher.relay.tip()[:2] == (state.chainwork, state.height)
    assert publisher.relay.known(state)
    assert publisher.once(source) == Pass([], [])


def test_once__source_on_a_lighter_branch__does_not_move_the_relay(source_of: Any) -> None:
    publisher = Publisher(checkpoint(), TRIVIAL)
    bitcoin, other, fork = forked(150, 10, 9)
    source = source_of(bitcoin)
    publisher.after([*bitcoin.headers, *other])
    publisher.once(source)
    tip = publisher.relay.tip()
    bitcoin.follow(fork, other)
    assert publisher.once(source) == Pass([], [])
    assert publisher.relay.tip() == tip


# Fees


class Paying(NamedTuple):
    """A block of ten transactions, as a node knows it."""

    header: bytes
    coinbase: Coinbase


@pytest.fixture(scope="module")
def paying() -> list[Paying]:
    """Two block-days and a block; block i of the n-th day pays n x 1,000 + i satoshi of fees."""
    blocks, state = [], checkpoint()
    for i in range(2 * DAY_BLOCKS + 1):
        height = state.height + 1
        fees = (i // DAY_BLOCKS + 1) * 1_000 + i % DAY_BLOCKS
        raw = coinbase(height, subsidy(height) + fees)
        others = [double_sha256(b"%d %d" % (height, n)) for n in range(9)]
        txids = [double_sha256(raw), *others]
        header = next_header(state, network=TRIVIAL)._replace(merkle_root=merkle_root(txids))
        blocks.append(Paying(seal(header), Coinbase(raw, txids, merkle_branch(txids))))
        state = extend(state, blocks[-1].header, TRIVIAL)
    return blocks


def node_of(blocks: Sequence[Paying]) -> BitcoinNode:
    coinbases = {2_016 + i: block.coinbase for i, block in enumerate(blocks)}
    return BitcoinNode(2_016, [block.header for block in blocks], coinbases)


def final_and_recorded(publisher: Publisher, source: BlockSource, blocks: Sequence[Paying]) -> Pass:
    publisher.after([block.header for block in blocks])
    publisher.once(source)
    publisher.wait()
    return publisher.once(source)


def test_once__all_coinbases_at_hand__proves_48_at_a_time_and_closes_at_once(
    source_of: Any, paying: list[Paying]
) -> None:
    publisher = Publisher(checkpoint(), TRIVIAL)
    source = source_of(node_of(paying))
    assert whats(final_and_recorded(publisher, source, paying)) == [
        "finalized block-days 14 to 15",
        "recorded block-days 14 to 15",
        *(
            f"proved {sum(range(fees, fees + 48)):,} sats of fees of 48 blocks, {first:,} to "
            f"{first + 47:,}, in block-day 15"
            for fees, first in ((2_000, 2_160), (2_048, 2_208), (2_096, 2_256))
        ),
        "closed block-day 15",
    ]
    assert publisher.index.block_day(15).fees == sum(range(2_000, 2_144))
    assert publisher.once(source) == Pass([], [])


def test_once__wrong_coinbases_from_one_source__asks_the_next(
    core: Any, esplora: Any, paying: list[Paying]
) -> None:
    publisher = Publisher(checkpoint(), TRIVIAL)
    liar = node_of(paying)
    for height in (2_160, 2_161):
        wrong = liar.coinbases[height]
        liar.coinbases[height] = wrong._replace(branch=[bytes(32), *wrong.branch[1:]])
    liar.coinbases[2_162] = liar.coinbases[2_163]
    del liar.coinbases[2_303]
    final_and_recorded(publisher, esplora(liar), paying)
    assert len(publisher.index.block_day(15).unproven) == 4
    assert sum("leads to the Merkle root" in warning for warning in publisher.warnings) >= 3
    done = publisher.once(esplora(liar), core(node_of(paying)))
    assert whats(done)[-1] == "closed block-day 15"
    assert publisher.index.block_day(15).fees == sum(range(2_000, 2_144))


def test_once__source_without_coinbases__closes_after_the_window(paying: list[Paying]) -> None:
    publisher = Publisher(checkpoint(), TRIVIAL)
    source = Headers([block.header for block in paying])
    final_and_recorded(publisher, source, paying)
    publisher.wait(DAY - 1)
    assert publisher.once(source) == Pass([], [])
    publisher.wait(1)
    assert whats(publisher.once(source)) == ["closed block-day 15"]
    latest = publisher.index.latest()
    assert latest.earned == latest.floor_earned > 0


class Headers:
    """A source in this process: headers from height 2,016 on, and no coinbases."""

    name = "headers"

    def __init__(self, headers: Sequence[bytes]) -> None:
        self.known = list(headers)

    def tip_height(self) -> int:
        return 2_016 + len(self.known) - 1

    def header(self, height: int) -> bytes:
        return self.known[height - 2_016]

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        return iter(self.known[start - 2_016 : start - 2_016 + count])

    def chainwork(self, height: int) -> int | None:
        return None

    def coinbase(self, height: int) -> CoinbaseProof | None:
        return None


# Interrupted, raced, without a key


class Interrupted(Exception):
    """The process ends here."""


class Failing:
    """A chain whose n-th sender is interrupted: just after its transaction, or just before."""

    def __init__(self, chain: RevmChain, last: int, is_sent: bool) -> None:
        self._chain, self._left, self._is_sent = chain, last, is_sent

    @property
    def is_over(self) -> bool:
        return self._left < 0

    def send(self, *args: Any) -> Receipt:
        self._left -= 1
        if self._left == -1 and not self._is_sent:
            raise Interrupted
        receipt: Receipt = self._chain.send(*args)
        if self._left == -1:
            raise Interrupted
        return receipt

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)


@pytest.mark.parametrize("is_sent", [True, False], ids=["after", "before"])
def test_once__interrupted_at_every_transaction__the_next_run_finishes(
    paying: list[Paying], is_sent: bool
) -> None:
    source = WithCoinbases(
        Headers([block.header for block in paying]),
        {
            2_016 + i: CoinbaseProof(2_016 + i, raw, tuple(branch))
            for i, (_, (raw, _, branch)) in enumerate(paying)
        },
    )
    publisher = Publisher(checkpoint(), TRIVIAL)
    publisher.after([block.header for block in paying])
    with publisher.chain.undone():
        whole = len(publisher.once(source).steps)
        publisher.wait()
        whole += len(publisher.once(source).steps)
        expected = (publisher.relay.tip(), publisher.index.latest())
    assert whole == 9
    for last in range(whole):
        with publisher.chain.undone():
            left, done = last, 0
            for _ in range(2):
                try:
                    done += len(
                        publisher.once(source, chain=Failing(publisher.chain, left, is_sent)).steps
                    )
                    left -= done
                except Interrupted:
                    publisher.once(source)
                    left = whole
                publisher.wait()
            publisher.once(source)
            assert (publisher.relay.tip(), publisher.index.latest()) == expected


def test_once__somebody_was_faster__looks_again_and_is_content(paying: list[Paying]) -> None:
    """The chain refuses the first `record`, because another publisher's came before it."""
    publisher = Publisher(checkpoint(), TRIVIAL)
    source = Headers([block.header for block in paying])
    publisher.after(source.known)
    publisher.once(source)
    publisher.wait()
    chain = publisher.chain

    class Raced:
        def send(self, contract: str, address: str, function: str, *args: Any) -> Receipt:
            if function == "record":
                chain.send(contract, address, function, *args)
            receipt: Receipt = chain.send(contract, address, function, *args)
            return receipt

        def __getattr__(self, name: str) -> Any:
            return getattr(chain, name)

    done = publisher.once(source, chain=Raced())
    assert (whats(done), done.failures) == (["finalized block-days 14 to 15"], [])
    assert publisher.index.recorded() == 15


def test_once__refused_twice__says_so_and_does_the_rest(paying: list[Paying]) -> None:
    publisher = Publisher(checkpoint(), TRIVIAL)
    source = Headers([block.header for block in paying])
    publisher.after(source.known)
    chain = publisher.chain

    class Unwilling:
        def send(self, contract: str, address: str, function: str, *args: Any) -> Receipt:
            if function == "submit":
                raise ChainError("BitcoinRelay.submit", "", "the node is broken")
            receipt: Receipt = chain.send(contract, address, function, *args)
            return receipt

        def __getattr__(self, name: str) -> Any:
            return getattr(chain, name)

    publisher.once(source)
    publisher.wait()
    source.known.append(seal(Header.parse(source.known[-1])))
    headers, _ = mine(extend(checkpoint(), b"".join(source.known[:-1]), TRIVIAL), network=TRIVIAL)
    source.known[-1] = headers
    done = publisher.once(source, chain=Unwilling())
    assert whats(done)[0] == "finalized block-days 14 to 15"
    assert done.failures == ["BitcoinRelay.submit failed: the node is broken"]


def test_once__dry_run__says_what_is_due_and_sends_nothing(core: Any) -> None:
    publisher, bitcoin = Publisher(), node(DAY_BLOCKS + 1)
    publisher.after(bitcoin.headers)
    before = publisher.relay.tip()
    done = publisher.once(core(bitcoin), is_dry=True)
    assert whats(done) == [
        "relayed headers 822,528 to 822,671",
        "relayed headers 822,672 to 822,672",
    ]
    assert publisher.relay.tip() == before
    publisher.once(core(bitcoin))
    publisher.wait()
    assert whats(publisher.once(core(bitcoin), is_dry=True)) == ["finalized block-day 5712"]
    assert publisher.relay.tip().final_day == 5_711


# Backlogs and disputes


def test_once__forty_days_behind__catches_up_as_fast_as_windows_allow() -> None:
    publisher = Publisher()
    headers = shipped_headers()[: 40 * DAY_BLOCKS + 1]
    source = Shipped(headers)
    publisher.after(headers)
    assert len(publisher.once(source).steps) == 41
    publisher.wait()
    done = publisher.once(source)
    assert whats(done) == [
        "finalized block-days 5712 to 5727",
        "recorded block-days 5712 to 5719",
        "finalized block-days 5728 to 5743",
        "recorded block-day 5720",
        "finalized block-days 5744 to 5751",
    ]
    passes = 0
    while publisher.index.latest().day < 5_751:
        publisher.wait()
        assert publisher.once(source).failures == []
        passes += 1
    assert passes == 5  # 39 days that earn, eight at a time


class Shipped(Headers):
    """The shipped headers in this process."""

    def tip_height(self) -> int:
        return FIRST + len(self.known) - 1

    def header(self, height: int) -> bytes:
        return self.known[height - FIRST]

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        return iter(self.known[start - FIRST : start - FIRST + count])


def test_once__disputed_days__left_alone() -> None:
    publisher = Publisher(checkpoint(), TRIVIAL)
    headers, _ = mine(checkpoint(), 3 * DAY_BLOCKS + 1, network=TRIVIAL)
    source = Headers(split(headers))
    publisher.after(source.known)
    publisher.once(source)
    publisher.wait()
    publisher.once(source)
    fork = extend(checkpoint(), headers[: 2 * DAY_BLOCKS * HEADER_SIZE], TRIVIAL)
    other, _ = mine(fork, DAY_BLOCKS + 3, 7, network=TRIVIAL)
    truth: list[Any] = []
    extend(fork, other, TRIVIAL, days=truth)
    source.known[2 * DAY_BLOCKS :] = split(other)
    publisher.after(source.known)
    publisher.once(source)
    publisher.relay.dispute(15, [day.leaf for day in truth])
    assert publisher.relay.disputed_from() == 16
    publisher.wait()
    assert whats(publisher.once(source)) == ["closed block-day 15"]
    assert publisher.once(source) == Pass([], [])
    assert publisher.index.latest().day == 15
    assert any("block-day 16 is disputed" in warning for warning in publisher.warnings)


# Strangers, stale nodes, sources that lack something


def test_once__stranger_relays_old_headers_in_another_cut__costs_nobody_else() -> None:
    """The relay logs a State for every new cut of headers that it knows: no work is needed."""
    publisher = Publisher()
    headers = shipped_headers()[: 3 * DAY_BLOCKS]
    source = Shipped(headers)
    publisher.after(headers)
    publisher.once(source)
    publisher.relay.submit(START, b"".join(headers[:7]))
    source.known.append(shipped_headers()[3 * DAY_BLOCKS])
    publisher.after(source.known)
    assert whats(publisher.once(source)) == ["relayed headers 822,960 to 822,960"]


class Stale:
    """A node that takes transactions and shows none of them."""

    def __init__(self, chain: RevmChain) -> None:
        self._chain = chain
        self.sent = 0

    def send(self, *args: Any) -> Receipt:
        self.sent += 1
        return Receipt(50_000, self._chain.now, ())

    def __getattr__(self, name: str) -> Any:
        return getattr(self._chain, name)


def test_once__node_shows_nothing_of_what_was_sent__stops_and_says_so() -> None:
    publisher = Publisher()
    source = Shipped(shipped(20))
    publisher.after(source.known)
    stale = Stale(publisher.chain)
    done = publisher.once(source, chain=stale)
    assert stale.sent == 2
    assert "the node does not show what was sent to it" in done.failures[0]


def test_once__node_refuses_in_other_words_each_time__gives_up() -> None:
    publisher = Publisher()
    source = Shipped(shipped(20))
    publisher.after(source.known)
    chain, tries = publisher.chain, 0

    class Chatty:
        def send(self, *args: Any) -> Receipt:
            nonlocal tries
            tries += 1
            raise ChainError("BitcoinRelay.submit", "", f"retry in {tries} s")

        def __getattr__(self, name: str) -> Any:
            return getattr(chain, name)

    done = publisher.once(source, chain=Chatty())
    assert tries == 2
    assert done.failures == ["BitcoinRelay.submit failed: retry in 2 s"]


def test_once__node_without_old_logs__says_which_day_is_missing() -> None:
    publisher = Publisher()
    source = Shipped(shipped(DAY_BLOCKS + 1))
    publisher.after(source.known)
    publisher.once(source)
    publisher.wait()
    chain = publisher.chain

    class Forgetful:
        def events(self, contract: str, address: str, event: str) -> Iterator[dict[str, Any]]:
            found: Iterator[dict[str, Any]] = chain.events(contract, address, event)
            return iter(()) if event == "DayFinal" else found

        def __getattr__(self, name: str) -> Any:
            return getattr(chain, name)

    done = publisher.once(source, chain=Forgetful())
    assert whats(done) == ["finalized block-day 5712"]
    assert "the node's logs lack block-day 5712" in done.failures[0]


def test_once__source_without_one_day__proves_the_others(
    esplora: Any, paying: list[Paying]
) -> None:
    """A pruned node has the newest days alone, whose windows run side by side with older ones."""
    publisher = Publisher(checkpoint(), TRIVIAL)
    headers, state = [block.header for block in paying], checkpoint()
    state = extend(state, b"".join(headers), TRIVIAL)
    more, _ = mine(state, DAY_BLOCKS, network=TRIVIAL)
    pruned = node_of(paying)
    pruned.follow(state, split(more))
    for height in range(2_160, 2_304):
        del pruned.coinbases[height]
    pruned.coinbases[2_304] = paying[-1].coinbase
    source = esplora(pruned)
    publisher.after(pruned.headers)
    publisher.once(source)
    publisher.wait()
    done = publisher.once(source)
    assert any("of fees of block 2,304, in block-day 16" in what for what in whats(done))


def test_once__file_that_begins_later__serves_what_it_has(tmp_path: Path) -> None:
    publisher = Publisher()
    publisher.after(shipped(3 * DAY_BLOCKS))
    publisher.once(Shipped(shipped(2 * DAY_BLOCKS + 10)))
    late = tmp_path / "late.bin"
    late.write_bytes(b"".join(shipped_headers()[2 * DAY_BLOCKS : 3 * DAY_BLOCKS]))
    done = publisher.once(FileSource.open(f"{late}@{FIRST + 2 * DAY_BLOCKS}"))
    assert whats(done) == ["relayed headers 822,826 to 822,959"]
