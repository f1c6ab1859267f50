"""The deployment plan: what it deploys, reuses, records and refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from terahash.chain import ChainError
from terahash.deployment import (
    BTC_USD,
    NOBODY,
    Deployment,
    Quorum,
    Terms,
    deploy,
    read_deployment,
)
from terahash.errors import DeploymentError
from terahash.swaps.market import Market
from terahash.swaps.series import Instrument
from tests.support.miner import EASY, checkpoint
from tests.support.quorum import OWNER, cold
from tests.support.revm_chain import RevmChain

TERMS = Terms(checkpoint(), EASY.limit)


def test_deploy__fresh_chain__every_view_says_the_terms(chain: RevmChain) -> None:
    address = deploy(chain, TERMS).address("BitcoinRelay")
    read = {
        name: chain.call("BitcoinRelay", address, name)
        for name in ("LIMIT", "CONFIRMATIONS", "CHALLENGE", "CHECKPOINT_DAY", "VERSION")
    }
    assert read == {
        "LIMIT": EASY.limit,
        "CONFIRMATIONS": 100,
        "CHALLENGE": 86_400,
        "CHECKPOINT_DAY": 13,
        "VERSION": "0.1.0",
    }


def test_deploy__with_a_quorum__its_price_is_the_indexs_and_every_number_has_a_face(
    chain: RevmChain,
) -> None:
    quorum = Quorum(OWNER, tuple(key.address for key in cold(5)), 3)
    deployment = deploy(chain, replace(TERMS, quorum=quorum))
    feed, index = deployment.address("QuorumFeed"), deployment.address("HashpriceIndex")
    assert chain.call("HashpriceIndex", index, "FEED") == feed
    assert chain.call("HashpriceIndex", index, "FEED_ID") == bytes(BTC_USD)
    assert chain.call("QuorumFeed", feed, "operators") == list(quorum.operators)
    assert chain.call("QuorumFeed", feed, "owner") == OWNER
    descriptions = [
        chain.call("AggregatorFacade", deployment.address(name), "description")
        for name in deployment.contracts
        if name.startswith("AggregatorFacade")
    ]
    assert descriptions == [
        "BTC/USD",
        "Bitcoin difficulty",
        "Bitcoin hashrate, TH/s",
        *("BTC/TH/day", "BTC/PH/day", "USD/TH/day", "USD/PH/day"),
        *("BTC/TH/day, spot", "BTC/PH/day, spot", "USD/TH/day, spot", "USD/PH/day, spot"),
    ]


def test_deploy__without_a_quorum__nothing_is_in_dollars(chain: RevmChain) -> None:
    deployment = deploy(chain, TERMS)
    assert chain.call("HashpriceIndex", deployment.address("HashpriceIndex"), "FEED") == NOBODY
    assert "QuorumFeed" not in deployment.contracts
    assert [name for name in deployment.contracts if name.startswith("AggregatorFacade")] == [
        "AggregatorFacade Bitcoin difficulty",
        "AggregatorFacade Bitcoin hashrate, TH/s",
        "AggregatorFacade BTC/TH/day",
        "AggregatorFacade BTC/PH/day",
        "AggregatorFacade BTC/TH/day, spot",
        "AggregatorFacade BTC/PH/day, spot",
    ]


def test_deploy__with_collateral__a_market_whose_instruments_are_in_their_places(
    chain: RevmChain,
) -> None:
    btc = chain.deploy("BitcoinDouble")
    deployment = deploy(chain, replace(TERMS, collateral=btc.lower()))
    market = Market(chain, deployment.address("PairMarket"))
    assert market.collateral == btc
    assert {number: market.instrument(number) for number in Instrument} == {
        Instrument.DIFFICULTY: deployment.address("DifficultySwap"),
        Instrument.HASHPRICE: deployment.address("HashpriceSwap"),
    }
    index = deployment.address("HashpriceIndex")
    for name in ("DifficultySwap", "HashpriceSwap"):
        assert chain.call(name, deployment.address(name), "INDEX") == index
    factory = deployment.address("ClaimTokenFactory")
    assert chain.call("ClaimTokenFactory", factory, "MARKET") == market.address
    token = chain.call("ClaimTokenFactory", factory, "IMPLEMENTATION")
    assert chain.call("ClaimToken", token, "COLLATERAL") == btc


def test_deploy__lending__a_register_that_opens_vaults_of_the_planned_code(
    chain: RevmChain,
) -> None:
    deployment = deploy(chain, TERMS)
    registry, lens = deployment.address("VaultRegistry"), deployment.address("LendingLens")
    read = {
        name: chain.call("VaultRegistry", registry, name)
        for name in ("FACTORY", "VAULT", "COVERED", "DELIVERY")
    }
    planned = ("HashrateFactory", "LendingVault", "CoveredValue", "DeliveryValue")
    assert list(read.values()) == [deployment.address(name) for name in planned]
    for name in planned[1:]:  # code for others to deploy, which itself answers nothing
        with pytest.raises(ChainError):
            chain.call(name, deployment.address(name), "VERSION")
    assert chain.call("LendingLens", lens, "REGISTRY") == registry
    assert chain.call("LendingLens", lens, "states", 1, 16) == []


def test_deploy__without_collateral__no_market_and_no_instruments(chain: RevmChain) -> None:
    contracts = deploy(chain, TERMS).contracts
    swaps = {"DifficultySwap", "HashpriceSwap", "PairMarket", "ClaimToken", "ClaimTokenFactory"}
    assert not swaps & set(contracts)


def test_deploy__collateral_later__what_stands_is_kept(chain: RevmChain, tmp_path: Path) -> None:
    file = tmp_path / "deployment.json"
    before = deploy(chain, TERMS, file).contracts
    after = deploy(chain, replace(TERMS, collateral=chain.deploy("BitcoinDouble")), file).contracts
    assert {name: after[name] for name in before} == before
    assert "PairMarket" in after


def test_deploy__file_of_another_collateral__refused(chain: RevmChain, tmp_path: Path) -> None:
    file = tmp_path / "deployment.json"
    first, second = (replace(TERMS, collateral=chain.deploy("BitcoinDouble")) for _ in range(2))
    deploy(chain, first, file)
    with pytest.raises(DeploymentError, match="a PairMarket with other terms"):
        deploy(chain, second, file)


def test_deploy__collateral_that_counts_no_satoshi__refused_before_anything_stands(
    chain: RevmChain,
) -> None:
    ether = chain.deploy("OddToken", 18)
    before = len(chain.deployed)
    with pytest.raises(DeploymentError, match="has 18 decimals, and bitcoin 8"):
        deploy(chain, replace(TERMS, collateral=ether))
    with pytest.raises(DeploymentError, match="is no contract"):
        deploy(chain, replace(TERMS, collateral=OWNER))
    assert len(chain.deployed) == before


def test_deploy__second_run__reuses_what_the_file_names(chain: RevmChain, tmp_path: Path) -> None:
    file = tmp_path / "new" / "deployment.json"
    first = deploy(chain, TERMS, file)
    written = file.read_text()
    assert deploy(chain, TERMS, file) == first
    assert file.read_text() == written
    assert Deployment.model_validate_json(written) == first


def test_deploy__contract_of_another_checkpoint__refused(chain: RevmChain, tmp_path: Path) -> None:
    """Same height, same terms, another block: the file names a relay that somebody else made."""
    file, forged = tmp_path / "deployment.json", tmp_path / "forged.json"
    deploy(chain, TERMS, file)
    other = replace(TERMS, checkpoint=TERMS.checkpoint._replace(block_hash=b"\1" * 32))
    address = deploy(chain, other, forged).address("BitcoinRelay")
    recorded = json.loads(file.read_text())
    recorded["contracts"]["BitcoinRelay"]["address"] = address
    file.write_text(json.dumps(recorded))
    with pytest.raises(DeploymentError, match="known is False, not True"):
        deploy(chain, TERMS, file)


def test_deploy__chain_that_forgot__deploys_again(tmp_path: Path, chain: RevmChain) -> None:
    file = tmp_path / "deployment.json"
    deploy(chain, TERMS, file)
    fresh = RevmChain(chain.now)
    address = deploy(fresh, TERMS, file).address("BitcoinRelay")
    assert fresh.has_code(address)


@pytest.mark.parametrize(
    "other", [replace(TERMS, challenge=43_200), replace(TERMS, confirmations=99)]
)
def test_deploy__file_of_other_terms__refused(
    chain: RevmChain, tmp_path: Path, other: Terms
) -> None:
    file = tmp_path / "deployment.json"
    deploy(chain, TERMS, file)
    with pytest.raises(DeploymentError, match="other terms"):
        deploy(chain, other, file)


def test_deploy__file_of_another_chain__refused(chain: RevmChain, tmp_path: Path) -> None:
    file = tmp_path / "deployment.json"
    deploy(chain, TERMS, file)
    recorded = json.loads(file.read_text())
    file.write_text(json.dumps(recorded | {"chain_id": 5}))
    with pytest.raises(DeploymentError, match="chain 5, not 1"):
        deploy(chain, TERMS, file)


def test_deploy__file_that_is_none__refused(chain: RevmChain, tmp_path: Path) -> None:
    file = tmp_path / "deployment.json"
    file.write_text("{}")
    with pytest.raises(DeploymentError, match="not a deployment file"):
        deploy(chain, TERMS, file)


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe",
        b'{"chain_id": 1, "contracts": {"BitcoinRelay": {"address": "0x12", "arguments": []}}}',
    ],
)
def test_read__bytes_or_addresses_that_are_none__refused_in_one_line(
    tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "deployment.json"
    file.write_bytes(content)
    with pytest.raises(DeploymentError, match="not a deployment file: ") as caught:
        read_deployment(file)
    assert "\n" not in str(caught.value)


class Miswired(RevmChain):
    """A chain on which the contract that answers is not the one that was planned."""

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        value = super().call(contract, address, function, *args)
        return value + 1 if function == "CONFIRMATIONS" else value


def test_deploy__view_that_contradicts_the_plan__refused(chain: RevmChain) -> None:
    with pytest.raises(DeploymentError, match="CONFIRMATIONS is 101, not 100"):
        deploy(Miswired(chain.now), TERMS)


def test_address__contract_that_is_not_deployed__refused(chain: RevmChain) -> None:
    with pytest.raises(DeploymentError, match="PairMarket is not part"):
        deploy(chain, TERMS).address("PairMarket")
