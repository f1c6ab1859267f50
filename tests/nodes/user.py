"""Who runs the commands on a node: its keystore, its deployment, and what they print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, ClassVar

from click.testing import CliRunner, Result
from eth_account import Account
from eth_account.signers.local import LocalAccount

from terahash.cli import main
from tests.nodes.conftest import Node

PASSWORD = "correct horse"


class User:
    """An account with the files that its commands read.

    Attributes:
        signs: whether its commands are given its key, where a test does not say.
        file: of the deployment.
    """

    signs: ClassVar[bool] = True

    def __init__(self, node: Node, account: LocalAccount, folder: Path) -> None:
        self.node, self.user = node, account.address
        self.file, keystore, password = (
            folder / name for name in ("deployment.json", "key.json", "password")
        )
        keystore.write_text(json.dumps(Account.encrypt(account.key, PASSWORD, iterations=2)))
        password.write_text(PASSWORD)
        self._key = ["--keystore", str(keystore), "--password-file", str(password)]

    def run(self, *arguments: object, key: bool | None = None) -> Result:
        """Run a command, with the user's key or without."""
        texts = [*map(str, arguments), *(self._key if self._is_signed(key) else [])]
        env = {"TERAHASH_RPC": self.node.url, "TERAHASH_DEPLOYMENT": str(self.file)}
        return CliRunner(mix_stderr=False).invoke(main, texts, env=env)

    def json(self, *arguments: object, key: bool | None = None) -> dict[str, Any]:
        """Run a command that succeeds, and read what it prints."""
        sending = ["--yes"] if self._is_signed(key) else []
        result = self.run(*arguments, "--json", *sending, key=key)
        assert result.exit_code == 0, result.stderr
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    def _is_signed(self, key: bool | None) -> bool:
        return self.signs if key is None else key
