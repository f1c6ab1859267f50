"""A register with one issuance on a node, and a user of it with bitcoin."""

from __future__ import annotations

from pathlib import Path

from eth_account.signers.local import LocalAccount

from terahash.deployment import Deployed, Deployment
from terahash.hashrate.factory import HashrateFactory
from terahash.hashrate.models import Sale, Terms
from terahash.rpc import RpcChain
from terahash.units import DAY
from tests.nodes.conftest import ISSUER, START, Node
from tests.nodes.user import User
from tests.support.issuing import FIRST_DAY, HASHPRICE, ONE, TERMS
from tests.support.revm_chain import compiled

RICH = 10**12


class Holder(User):
    """A user, who also deploys all that there is.

    Attributes:
        chain: on which it sends.
        token: of the issuance, which somebody else has opened.
    """

    def __init__(self, node: Node, payer: LocalAccount, folder: Path) -> None:
        super().__init__(node, payer, folder)
        self.chain = chain = RpcChain(node.url, payer, compiled())
        btc = chain.deploy("BitcoinDouble")
        self._index = chain.deploy("IndexDouble", FIRST_DAY, START.time)
        blueprint = chain.deploy_blueprint("HashrateToken")
        self.factory = HashrateFactory(
            chain, chain.deploy("HashrateFactory", self._index, blueprint)
        )
        terms = Terms(btc=btc, index=self._index, **TERMS)
        opening = self.factory.open("Hashrate", "HASH", terms, Sale(48 * ONE, 10_000 * ONE))
        self.token = self.factory.opened(opening.send(RpcChain(node.url, ISSUER, compiled())))
        chain.send("BitcoinDouble", btc, "mint", payer.address, RICH)
        self.name_contracts(HashrateFactory=self.factory.address)

    def name_contracts(self, **addresses: str) -> None:
        """Write the file of the deployment, with these contracts and the node's chain."""
        contracts = {
            name: Deployed(address=address, arguments=[]) for name, address in addresses.items()
        }
        deployment = Deployment(chain_id=31_337, contracts=contracts)
        self.file.write_text(deployment.model_dump_json())

    def pass_day(self, gained: int = HASHPRICE) -> None:
        """Let a block-day close in which 1 TH/s earned so much."""
        self.node.set_time(self.chain.now + DAY)
        self.chain.send("IndexDouble", self._index, "close", DAY, gained)
