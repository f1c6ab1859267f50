"""The lending commands as their users run them: a real EVM node, a keystore, one register."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from eth_account.signers.local import LocalAccount

from terahash import rpc
from terahash.chain import ChainError
from terahash.deployment import NOBODY
from terahash.lending.models import UNCOUNTED, Delivery, Terms
from terahash.lending.registry import VaultRegistry
from terahash.lending.vault import Vault
from terahash.units import DAY, HOUR
from tests.nodes.conftest import Node
from tests.nodes.holder import Holder
from tests.support.issuing import ONE, STRANGER
from tests.support.lending import DELIVERY, KINDS, TERMS


class Setting(Holder):
    """A vault of each kind on the issuance, whose guardian the user is."""

    def __init__(self, node: Node, payer: LocalAccount, folder: Path) -> None:
        super().__init__(node, payer, folder)
        chain, factory = self.chain, self.factory.address
        names = ("LendingVault", "CoveredValue", "DeliveryValue")
        blueprints = [chain.deploy_blueprint(name) for name in names]
        register = chain.deploy("VaultRegistry", factory, *blueprints)
        lens = chain.deploy("LendingLens", register)
        self.registry = VaultRegistry(chain, register, lens)
        self.covered = self._open(None)
        self.delivery = self._open(Delivery(**DELIVERY), **KINDS["delivery"])
        self.name_contracts(HashrateFactory=factory, VaultRegistry=register, LendingLens=lens)

    def _open(self, delivery: Delivery | None, **changes: Any) -> Vault:
        given = {"uncovered_cap": UNCOUNTED, **changes, "guardian": self.user}
        terms = Terms(**{"token": self.token.address, "valuation": NOBODY, **TERMS, **given})
        return self.registry.opened(self.registry.open(terms, delivery).send(self.chain))


@pytest.fixture
def setting(
    node: Node, payer: LocalAccount, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Setting:
    monkeypatch.setattr(rpc, "POLL", 0.05)
    setting = Setting(node, payer, tmp_path)
    setting.pass_day()
    setting.json("mint", 1, 1_000)
    return setting


def test_life__lend_borrow_and_close__each_as_shown(setting: Setting) -> None:
    lent = setting.json("lend", "deposit", 1, 10**9)
    assert lent["result"].startswith("Lent 1,000,000,000 sats")
    setting.node.set_time(setting.chain.now + HOUR)
    taken = setting.json("borrow", "take", 1, 60_000, "--post", 1_000)
    assert [step["what"].split()[0] for step in taken["transactions"]] == [
        "approve",
        "post",
        "borrow",
    ]
    rate = setting.covered.state().borrow_rate
    assert abs(int(taken["facts"]["rate"]) - rate) < rate // 10_000  # it has moved for seconds
    (listed,) = setting.json("loans", "--account", setting.user, key=False)["vaults"]
    assert listed["position"]["loan"]["collateral"] == str(1_000 * ONE)
    setting.node.set_time(setting.chain.now + DAY)
    closed = setting.json("repay", 1, "--close")
    assert closed["result"].endswith("60,002 sats (0.00060002 BTC) were repaid.")
    assert setting.covered.position(setting.user).is_empty
    assert setting.token.balance(setting.user) == 1_000 * ONE


def test_take__too_small__nothing_is_posted(setting: Setting) -> None:
    setting.json("lend", "deposit", 1, 10**9)
    setting.node.set_time(setting.chain.now + HOUR)
    before = setting.node.rpc("eth_blockNumber")
    result = setting.run("borrow", "take", 1, 500, "--post", 100, "--yes")
    assert result.exit_code == 1
    assert "the least loan of this vault is 1,000 sats" in result.stderr
    assert setting.node.rpc("eth_blockNumber") == before


def test_stop_and_resume__guardian__lending_stops_and_goes_on(setting: Setting) -> None:
    stopped = setting.json("lend", "stop", 1, "--deposits")
    assert stopped["result"] == "New deposits are stopped, and new loans are open."
    result = setting.run("lend", "deposit", 1, 1_000, "--yes")
    assert "The guardian has stopped new deposits" in result.stderr
    # A pool that has changed in the newest block takes more gas a second later than it seems to.
    setting.node.set_time(setting.chain.now + HOUR)
    setting.json("lend", "resume", 1)
    setting.node.set_time(setting.chain.now + HOUR)
    assert setting.json("lend", "deposit", 1, 1_000)["sent"]


def test_open__a_delivery_vault__lends_at_its_terms(setting: Setting) -> None:
    given = ("--lltv", 70, "--supply-cap", "0.5btc", "--uncovered-cap", "0.1btc", "--phi", 40)
    opened = setting.json("lend", "open", 1, *given)
    vault = setting.registry.vault(3)
    assert opened["result"] == f"Opened vault 3, {vault.address}."
    assert opened["facts"]["terms"]["lltv"] == str(vault.terms.lltv) == str(7 * ONE // 10)
    assert opened["facts"]["delivery"]["phi"] == str(vault.delivery.phi) == str(4 * ONE // 10)
    assert setting.json("lend", "deposit", 3, "0.1btc")["sent"]
    again = setting.run("lend", "open", 1, *given, "--yes", key=True)
    assert again.exit_code == 1
    assert "A vault with the very same terms is open" in again.stderr


def test_authorize__given_and_ended__listed_from_the_nodes_logs(setting: Setting) -> None:
    listing = ("borrow", "authorize", 1, "--from", setting.user)
    setting.json("borrow", "authorize", 1, STRANGER)
    assert setting.json(*listing, key=False)["operators"] == [STRANGER]
    setting.json("borrow", "authorize", 1, STRANGER, "--revoke")
    assert setting.json(*listing, key=False)["operators"] == []


def test_liquidate__whole_debt_mined_an_hour_later__no_dust_is_left(setting: Setting) -> None:
    setting.json("lend", "deposit", 2, 10**9)
    setting.node.set_time(setting.chain.now + HOUR)
    setting.json("borrow", "take", 2, 400_000, "--post", 1_000)
    setting.pass_day(12 * ONE)
    (found,) = setting.json("liquidate", 2, key=False)["loans"]
    assert found["borrower"] == setting.user
    setting.node.rpc("evm_setNextBlockTimestamp", setting.chain.now + HOUR)
    paid = setting.json("liquidate", 2, setting.user)
    assert paid["facts"]["gain"] == paid["facts"]["worth"] - paid["facts"]["paid"] > 0
    assert paid["sent"] and setting.delivery.position(setting.user).debt == 0
    assert setting.json("liquidate", 2, key=False)["loans"] == []


def test_unvalued__index_is_stale__the_valuations_reason_over_rpc(setting: Setting) -> None:
    assert setting.delivery.unvalued() == ""
    setting.node.set_time(setting.chain.now + 4 * DAY + 1)
    assert "advance the index" in setting.delivery.unvalued()
    with pytest.raises(ChainError):
        setting.chain.call("DeliveryValue", setting.delivery.terms.valuation, "assess")
