"""An ape chain that keeps Bitcoin's time: contracts from this project on ape's embedded EVM.

Ape compiles the project and starts the chain (`ethereum:local:test`: py-evm in this process, at
Prague rules). Transactions then go straight to py-evm, for two reasons. Time: ape and eth-tester
stamp blocks with the wall clock and the demo lives in December 2023; we stamp each block, so
nothing needs patching. Speed: ape runs every transaction a second time in search of a trace.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from ape import Project, networks
from ape.logging import LogLevel, logger
from eth.abc import BlockHeaderAPI, ComputationAPI, MiningChainAPI, VirtualMachineAPI
from eth.db import get_db_backend
from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_keys.datatypes import PrivateKey
from eth_typing import Address
from eth_utils.address import to_canonical_address, to_checksum_address

from terahash.chain import ChainError, Receipt
from terahash.codec import Codec, Contract, returned, revert_reason

ROOT = Path(__file__).resolve().parents[1]


class ApeChain:
    """Contracts of the ape project on one py-evm chain, a transaction a block.

    The chain's first account sends, except inside `acting_as`.
    """

    def __init__(
        self, chain: MiningChainAPI, contracts: dict[str, Contract], keys: list[PrivateKey]
    ) -> None:
        self._chain = chain
        self._codec = Codec(contracts)
        self._keys = keys
        self._key = keys[0]
        self._clock = self.now
        self.deployed: dict[str, Receipt] = {}
        self._logs: list[tuple[str, str, dict[str, Any]]] = []  # address, event, arguments

    @property
    def chain_id(self) -> int:
        return self._chain.chain_id

    @property
    def sender(self) -> str:
        """The checksummed address that sends."""
        return self._key.public_key.to_checksum_address()

    @contextmanager
    def acting_as(self, account: int) -> Iterator[str]:
        """Let another of the chain's accounts (0 to 9) send inside; yield its address."""
        before, self._key = self._key, self._keys[account]
        try:
            yield self.sender
        finally:
            self._key = before

    def key(self, account: int) -> LocalAccount:
        """Return an account (0 to 9) as signers of messages need it."""
        key: LocalAccount = Account.from_key(self._keys[account].to_bytes())
        return key

    @property
    def _sender(self) -> Address:
        return Address(self._key.public_key.to_canonical_address())

    @property
    def now(self) -> int:
        """Return the newest block's timestamp, in Unix seconds."""
        return self._head.timestamp

    def set_time(self, timestamp: int) -> None:
        """Stamp the next block with `timestamp` (Unix seconds), and later ones as near as may be.

        A block must be later than its parent, so transactions "at the same time" are a second
        apart: n of them take `timestamp` to `timestamp + n - 1`. Calls read the newest block, so
        they see the new time after the next transaction.
        """
        if timestamp < self._clock:
            raise ValueError(f"time runs forward: {timestamp} is before {self._clock}")
        self._clock = timestamp

    def has_code(self, address: str) -> bool:
        return bool(self._vm().state.get_code(to_canonical_address(address)))

    def deploy(self, contract: str, *args: Any) -> str:
        """Deploy a contract by name; return its checksummed address, keep its gas in `deployed`."""
        return self._deploy(f"deploying {contract}", self._codec.creation(contract, args))

    def deploy_blueprint(self, contract: str) -> str:
        """Deploy a contract's creation code for others to deploy (ERC-5202); likewise."""
        return self._deploy(f"deploying {contract}'s blueprint", self._codec.blueprint(contract))

    def _deploy(self, action: str, code: bytes) -> str:
        receipt, computation = self._transact(action, b"", code)
        address = str(to_checksum_address(computation.msg.storage_address))
        self.deployed[address] = receipt
        return address

    def send(self, contract: str, address: str, function: str, *args: Any) -> Receipt:
        """Call a function in a transaction of its own. Struct arguments are tuples or lists."""
        _, calldata = self._codec.calldata(contract, function, args)
        return self._transact(f"{contract}.{function}", to_canonical_address(address), calldata)[0]

    def call(self, contract: str, address: str, function: str, *args: Any) -> Any:
        """Read a function as of the newest block.

        A struct comes back as a tuple, an array as a list, several return values as a tuple.
        """
        method, calldata = self._codec.calldata(contract, function, args)
        vm, to = self._vm(), to_canonical_address(address)
        if not (code := vm.state.get_code(to)):
            raise ChainError(f"{contract}.{function}", "", f"no contract at {address}")
        computation = vm.execute_bytecode(
            origin=self._sender,
            gas_price=0,
            gas=self._head.gas_limit,
            to=to,
            sender=self._sender,
            value=0,
            data=calldata,
            code=code,
        )
        _check(computation, f"{contract}.{function}")
        return returned(method, computation.output)

    def events(self, contract: str, address: str, event: str) -> Iterator[dict[str, Any]]:
        for where, name, arguments in reversed(self._logs):
            if (where, name) == (address, event):
                yield arguments

    def _transact(self, action: str, to: bytes, data: bytes) -> tuple[Receipt, ComputationAPI]:
        """Sign, execute and mine one transaction; a failed one is mined too, then raised."""
        self._chain.set_header_timestamp(max(self._clock, self.now + 1))
        pending = self._chain.header
        builder: Any = self._chain.get_vm().get_transaction_builder()
        transaction = builder.new_unsigned_dynamic_fee_transaction(
            chain_id=self.chain_id,
            nonce=self._vm().state.get_nonce(self._sender),
            max_priority_fee_per_gas=0,
            max_fee_per_gas=pending.base_fee_per_gas,
            gas=pending.gas_limit,  # the whole block: an estimate would execute everything twice
            to=to,
            value=0,
            data=data,
            access_list=(),
        ).as_signed_transaction(self._key)
        # Fills the cached property: recovering the signer in pure Python takes 8 ms.
        transaction.__dict__["sender"] = self._sender
        _, raw, computation = self._chain.apply_transaction(transaction)
        block = self._chain.mine_block()
        _check(computation, action)
        logs = []
        for log in raw.logs:
            topics = [topic.to_bytes(32, "big") for topic in log.topics]
            for name, arguments in self._codec.logs([(topics, log.data)]):
                logs.append((name, arguments))
                self._logs.append((str(to_checksum_address(log.address)), name, arguments))
        receipt = Receipt(block.header.gas_used, block.header.timestamp, tuple(logs))
        return receipt, computation

    @property
    def _head(self) -> BlockHeaderAPI:
        return self._chain.get_canonical_head()

    def _vm(self) -> VirtualMachineAPI:
        """A throw-away view of the state after the newest block."""
        return self._chain.get_vm(self._head)


@contextmanager
def embedded(genesis_time: int) -> Iterator[ApeChain]:
    """Compile the project, connect to a new embedded chain, and start it at `genesis_time`.

    `genesis_time` is in Unix seconds and may be in the past. Compiling takes seconds per contract
    the first time; ape keeps the result in `.build/`.
    """
    contracts = _compile()
    with networks.ethereum.local.use_provider("test") as provider:
        # Ape's chain begins at the wall clock and reports eth-tester's chain id to contracts, so
        # it is started again from another genesis, with the same accounts.
        backend = provider.evm_backend
        chain_type = type(backend.chain).configure("BitcoinClock", chain_id=provider.chain_id)
        genesis = {**backend.generate_genesis_params(), "timestamp": genesis_time}
        backend.chain = chain_type.from_genesis(get_db_backend(), genesis, backend.genesis_state)
        yield ApeChain(backend.chain, contracts, backend.account_keys)


def _compile() -> dict[str, Contract]:
    """Compile the project, from scratch if any source changed since we last did.

    Ape's own cache would serve stale bytecode: it does not see a contract's modules.
    """
    sources = [ROOT / "ape-config.yaml", *sorted((ROOT / "contracts").rglob("*.vy*"))]
    fingerprint = sha256(b"".join(bytes(s) + s.read_bytes() for s in sources)).hexdigest()
    record = ROOT / ".build" / "fingerprint"
    unchanged = record.is_file() and record.read_text() == fingerprint
    if not unchanged:
        record.unlink(missing_ok=True)  # a failed or interrupted build leaves ape's cache mixed
    with logger.at_level(LogLevel.WARNING), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # pydantic's, about ape-vyper's own settings
        found = Project(ROOT).load_contracts(use_cache=unchanged)
    record.parent.mkdir(exist_ok=True)
    record.write_text(fingerprint)
    return {
        name: Contract(
            [entry.model_dump(mode="json", by_alias=True) for entry in container.contract_type.abi],
            bytes(container.contract_type.get_deployment_bytecode() or b""),
        )
        for name, container in found.items()
    }


def _check(computation: ComputationAPI, action: str) -> None:
    """Raise ChainError, with the contract's reason, if the execution failed."""
    if computation.is_error:
        reason = revert_reason(computation.output)
        raise ChainError(action, reason, type(computation.error).__name__)
