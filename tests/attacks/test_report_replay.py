"""A quorum's signatures used again: on another chain, for another contract, after the operators
changed, for another feed, for another time. None counts for anything but what was signed.
"""

from __future__ import annotations

from terahash.feeds.feed_id import FeedId
from terahash.feeds.reports import Domain
from tests.support.chosen_nonce import QuickFeed
from tests.support.issuing import ATTACKER
from tests.support.quorum import DELAY, FEED, FEED_ID, OWNER, START, QuorumFeed, Signed
from tests.support.relay import refused
from tests.support.revm_chain import RevmChain

LATER = START + FEED.period
NOT_THE_KEY = "feed: not this operator's key"


def _fork(quorum: QuorumFeed) -> RevmChain:
    """Split the quorum's chain: all that it has stored goes on, under another chain's id."""
    old, chain = quorum.chain._evm, RevmChain.numbered(2, START)
    chain._evm.insert_account_info(quorum.address, old.basic(quorum.address))
    for slot in range(100):
        value = old.storage(quorum.address, slot)
        chain._evm.insert_account_storage(quorum.address, slot, value)
        pointed = f"0x{value % 2**160:040x}"
        if old.get_code(pointed):
            chain._evm.insert_account_info(pointed, old.basic(pointed))
    return chain


def _signed(quorum: QuorumFeed, value: int = 7, at: int = START) -> list[Signed]:
    return quorum.signed([value] * 3, at)


def test_report_replay__after_the_chain_split__counts_on_one_side_only() -> None:
    quorum = QuickFeed()
    signed, config = _signed(quorum), quorum.read("config")
    quorum.chain = _fork(quorum)
    assert quorum.read("config") == config
    with refused(NOT_THE_KEY):
        quorum.submit(signed, START, sender=ATTACKER)
    assert quorum.read("latest", FEED_ID) == (0, 0)
    quorum.domain = Domain(2, quorum.address)
    quorum.submit(_signed(quorum, 8), START)
    assert quorum.read("latest", FEED_ID) == (8, START)


def test_report_replay__same_contract_on_another_chain__counts_nothing() -> None:
    """Deployed by the same account, it has the same address and the same operators there."""
    quorum, other = QuickFeed(), QuickFeed(chain=RevmChain.numbered(2, START))
    assert quorum.address == other.address
    assert quorum.read("config") != other.read("config")
    with refused(NOT_THE_KEY):
        other.submit(_signed(quorum), START, sender=ATTACKER)
    other.submit(_signed(other, 8), START)
    assert other.read("latest", FEED_ID) == (8, START)


def test_report_replay__another_contract_of_the_same_operators__counts_nothing() -> None:
    quorum = QuickFeed()
    other = QuickFeed(chain=quorum.chain)
    assert quorum.operators == other.operators
    assert quorum.read("config") != other.read("config")
    with refused(NOT_THE_KEY):
        other.submit(_signed(quorum), START, sender=ATTACKER)
    config, domain = other.read("config"), other.domain
    other.domain = quorum.domain  # of these words all but the contract is right
    signed = [other.sign(seat, 7, START, config=config) for seat in range(3)]
    with refused(NOT_THE_KEY):
        other.submit(signed, START, sender=ATTACKER)
    other.domain = domain
    other.submit(_signed(other, 8), START)
    assert other.read("latest", FEED_ID) == (8, START)


def _enact(quorum: QuorumFeed, operators: list[str], threshold: int) -> None:
    quorum.send(OWNER, "propose", operators, threshold)
    quorum.chain.now += DELAY
    quorum.send(OWNER, "enact", operators, threshold)


def test_report_replay__another_configuration__counts_nothing() -> None:
    """Who is about to leave signs for times to come, and keeps the signatures."""
    quorum = QuickFeed()
    ahead = START + DELAY
    kept = quorum.signed([7] * 4, ahead)
    _enact(quorum, quorum.operators, 4)
    with refused(NOT_THE_KEY):
        quorum.submit(kept, ahead, sender=ATTACKER)
    with refused(NOT_THE_KEY):
        quorum.submit([*kept[:3], quorum.sign(3, 9, ahead)], ahead, sender=ATTACKER)
    quorum.submit(quorum.signed([8] * 4, ahead), ahead)
    assert quorum.read("latest", FEED_ID) == (8, ahead)


def test_report_replay__same_operators_configured_again__counts_nothing() -> None:
    quorum = QuickFeed()
    ahead = START + 2 * DELAY
    kept = _signed(quorum, at=ahead)
    configs = {quorum.read("config")}
    for _ in range(2):
        _enact(quorum, quorum.operators, 3)
        configs.add(quorum.read("config"))
    assert len(configs) == 3
    with refused(NOT_THE_KEY):
        quorum.submit(kept, ahead, sender=ATTACKER)
    quorum.observe(8, ahead)
    assert quorum.read("latest", FEED_ID) == (8, ahead)


def test_report_replay__another_feed__counts_nothing() -> None:
    """The same name with fewer decimals: every price would be a million times what it is."""
    quorum = QuickFeed()
    coarse = bytes(FeedId.of(FEED.name, 2, FEED.period))
    signed = _signed(quorum)
    with refused(NOT_THE_KEY):
        quorum.submit(signed, START, coarse, sender=ATTACKER)
    assert quorum.read("latest", coarse) == (0, 0)
    quorum.submit(signed, START)
    assert quorum.read("latest", FEED_ID) == (7, START)


def test_report_replay__another_time__counts_nothing() -> None:
    """Yesterday's price as today's."""
    quorum = QuickFeed()
    signed = _signed(quorum)
    quorum.submit(signed, START)
    quorum.chain.now = LATER
    with refused("feed: not newer"):
        quorum.submit(signed, START, sender=ATTACKER)
    with refused(NOT_THE_KEY):
        quorum.submit(signed, LATER, sender=ATTACKER)
    assert quorum.read("latest_round", FEED_ID) == (1, 7, START)
