"""ClaimToken as an ERC-20 that pools and wallets know: names, balances, allowances, permits."""

from __future__ import annotations

import pytest
from eth_account.signers.local import LocalAccount

from terahash.hashrate.models import Signature
from terahash.hashrate.permit import Permits
from tests.support.claim_tokens import COUNT, ClaimTokens
from tests.support.relay import refused
from tests.support.trading import ATTACKER, FOREVER, FUND, OTHER, SERIES, STRANGER

OWNER = FUND.address


@pytest.fixture(autouse=True)
def _held(tokens: ClaimTokens, long: str) -> None:
    tokens.wrap(long, OWNER)


def _permit(tokens: ClaimTokens, token: str, signature: Signature) -> None:
    tokens.send(STRANGER.address, token, "permit", OWNER, OTHER.address, 7, *signature)


def _signed(
    tokens: ClaimTokens, token: str, key: LocalAccount = FUND, value: int = 7, until: int = 2**64
) -> Signature:
    permits = Permits(tokens.chain, token)
    domain = permits.domain()
    assert domain is not None
    return permits.sign(domain, key, OTHER.address, value, until)


def test_name__described_after_it_was_opened__is_the_markets(
    tokens: ClaimTokens, long: str, short: str
) -> None:
    for token in (long, short):
        assert tokens.read(token, "name") == tokens.read(token, "symbol") == ""
    tokens.market.send(STRANGER.address, "describe", SERIES.terms)
    for token, name in ((long, "X-1-2-abcdef-LONG"), (short, "X-1-2-abcdef-SHORT")):
        assert tokens.read(token, "name") == tokens.read(token, "symbol") == name
        assert tokens.read(token, "decimals") == 8


def test_transfer__tokens__move_and_an_event_says_so(tokens: ClaimTokens, long: str) -> None:
    assert tokens.send(OWNER, long, "transfer", OTHER.address, 400).logs == (
        ("Transfer", {"sender": OWNER, "receiver": OTHER.address, "value": 400}),
    )
    assert tokens.balance(long, OTHER.address) == 400
    assert tokens.balance(long, OWNER) == 600
    assert tokens.read(long, "totalSupply") == COUNT


def test_transfer__and_the_others__answer_true(tokens: ClaimTokens, long: str) -> None:
    with tokens.chain.acting_as(OWNER):
        assert tokens.read(long, "transfer", OTHER.address, 1) is True
        assert tokens.read(long, "approve", OWNER, 1) is True
        assert tokens.read(long, "transferFrom", OWNER, OTHER.address, 1) is True


def test_transfer__nothing_or_to_oneself__changes_nothing(tokens: ClaimTokens, long: str) -> None:
    tokens.send(OWNER, long, "transfer", OTHER.address, 0)
    tokens.send(OWNER, long, "transfer", OWNER, COUNT)
    assert tokens.balance(long, OWNER) == COUNT
    assert tokens.balance(long, OTHER.address) == 0


def test_transfer__more_than_one_has__refused(tokens: ClaimTokens, long: str) -> None:
    for amount in (COUNT + 1, FOREVER):
        for receiver in (OTHER.address, OWNER):
            with refused("erc20: transfer amount exceeds balance"):
                tokens.send(OWNER, long, "transfer", receiver, amount)


def test_approve__allowance__is_set_replaced_and_used_up(tokens: ClaimTokens, long: str) -> None:
    for amount in (5, 10):
        assert tokens.send(OWNER, long, "approve", STRANGER.address, amount).logs == (
            ("Approval", {"owner": OWNER, "spender": STRANGER.address, "value": amount}),
        )
    take = (STRANGER.address, long, "transferFrom", OWNER, OTHER.address)
    assert tokens.send(*take, 4).logs == (
        ("Approval", {"owner": OWNER, "spender": STRANGER.address, "value": 6}),
        ("Transfer", {"sender": OWNER, "receiver": OTHER.address, "value": 4}),
    )
    with refused("erc20: insufficient allowance"):
        tokens.send(*take, 7)
    tokens.send(*take, 6)
    assert tokens.read(long, "allowance", OWNER, STRANGER.address) == 0
    assert tokens.balance(long, OTHER.address) == 10


def test_transferFrom__allowance_without_limit__stays_but_balance_ends(
    tokens: ClaimTokens, long: str
) -> None:
    tokens.send(OWNER, long, "approve", STRANGER.address, FOREVER)
    take = (STRANGER.address, long, "transferFrom", OWNER, OTHER.address)
    tokens.send(*take, COUNT)
    assert tokens.read(long, "allowance", OWNER, STRANGER.address) == FOREVER
    with refused("erc20: transfer amount exceeds balance"):
        tokens.send(*take, 1)


def test_permit__signed_by_the_owner__allows_once(tokens: ClaimTokens, long: str) -> None:
    signature = _signed(tokens, long)
    _permit(tokens, long, signature)
    assert tokens.read(long, "allowance", OWNER, OTHER.address) == 7
    assert tokens.read(long, "nonces", OWNER) == 1
    with refused("erc20: invalid signature"):
        _permit(tokens, long, signature)


def test_permit__a_second_after_its_deadline__refused(tokens: ClaimTokens, long: str) -> None:
    signature = _signed(tokens, long, until=tokens.chain.now)
    with tokens.chain.undone():
        _permit(tokens, long, signature)
    tokens.chain.now += 1
    with refused("erc20: expired deadline"):
        _permit(tokens, long, signature)


def test_permit__by_or_for_another__refused(tokens: ClaimTokens, long: str, short: str) -> None:
    """Among them the permit of another claim's token: both are clones of one code."""
    for signature in (
        _signed(tokens, long, ATTACKER),
        _signed(tokens, long, value=8),
        _signed(tokens, short),
        _signed(tokens, tokens.implementation),
    ):
        with refused("erc20: invalid signature"):
            _permit(tokens, long, signature)
    assert tokens.read(long, "nonces", OWNER) == 0


def test_permit__described_in_between__still_counts(tokens: ClaimTokens, long: str) -> None:
    """The domain's name is not the token's, which changes."""
    signature = _signed(tokens, long)
    tokens.market.send(STRANGER.address, "describe", SERIES.terms)
    _permit(tokens, long, signature)
    assert tokens.read(long, "allowance", OWNER, OTHER.address) == 7


def test_eip712Domain__of_a_clone__is_its_own(tokens: ClaimTokens, long: str, short: str) -> None:
    separators = set()
    for token in (long, short, tokens.implementation):
        domain = (b"\x0f", "Terahash claim", "1", 1, token, bytes(32), [])
        assert tokens.read(token, "eip712Domain") == domain
        assert Permits(tokens.chain, token).domain() is not None
        separators.add(tokens.read(token, "DOMAIN_SEPARATOR"))
    assert len(separators) == 3


@pytest.mark.parametrize(
    ("interface", "is_supported"),
    [
        ("01ffc9a7", True),
        ("36372b07", True),
        ("a219a025", True),
        ("9d8ff7da", True),
        ("84b0196e", True),
        ("0f632fb3", False),
        ("ffffffff", False),
    ],
)
def test_supportsInterface__standards__and_no_others(
    tokens: ClaimTokens, long: str, interface: str, is_supported: bool
) -> None:
    assert tokens.read(long, "supportsInterface", bytes.fromhex(interface)) is is_supported
