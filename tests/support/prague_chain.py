"""py-evm as a `Chain`, on which accounts with a key have code, too (EIP-7702)."""

from __future__ import annotations

from boa.environment import Env
from eth_utils.address import to_canonical_address, to_checksum_address

from terahash.chain import ChainError, Receipt
from terahash.codec import revert_reason
from tests.support.revm_chain import RevmChain

DELEGATION = bytes.fromhex("ef0100")


class PragueChain(RevmChain):
    """The same on py-evm, which knows delegations; the tests' revm refuses their senders."""

    def __init__(self, now: int) -> None:
        super().__init__(now)
        self._env = Env(fast_mode_enabled=True)

    def delegate(self, account: str, target: str) -> None:
        """Give an account the code of a contract, as an authorization that it signed would."""
        self._env.set_code(account, DELEGATION + to_canonical_address(target))

    def end_delegation(self, account: str) -> None:
        """Let an account have no code any more."""
        self._env.set_code(account, b"")

    def delegated_to(self, account: str) -> str:
        """Say whose code an account has."""
        code = bytes(self._env.get_code(account))
        assert code.startswith(DELEGATION)
        return str(to_checksum_address(code.removeprefix(DELEGATION)))

    def _deploy(self, action: str, code: bytes) -> str:
        self._set_time()
        address, _ = self._env.deploy_code(sender=self.sender, bytecode=code)
        return str(to_checksum_address(address.canonical_address))

    def _execute(self, contract: str, address: str, function: str, calldata: bytes) -> bytes:
        self._set_time()
        done = self._env.execute_code(to_address=address, sender=self.sender, data=calldata)
        if done.is_error:
            raise ChainError(f"{contract}.{function}", revert_reason(done.output))
        return bytes(done.output)

    def _receipt(self) -> Receipt:
        return Receipt(0, self.now, ())

    def _set_time(self) -> None:
        self._env.timestamp = self.now
