"""Bitcoin Core, by JSON-RPC."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from oracle.sources.http import (
    TIMEOUT,
    Endpoint,
    bytes_of,
    excerpt,
    hash_of,
    header_of,
    proof_of,
)
from terahash.bitcoin.header import from_display
from terahash.bitcoin.merkle import merkle_branch
from terahash.bitcoin.proof import CoinbaseProof
from terahash.errors import SourceError

BATCH = 200
"""Calls in one request."""


class _Failure(BaseModel):
    code: int
    message: str


class _Answer(BaseModel):
    id: int
    result: Any = None
    error: _Failure | None = None


class _ChainInfo(BaseModel):
    blocks: int = Field(ge=0)


class _HeaderInfo(BaseModel):
    chainwork: str = Field(pattern="^[0-9a-f]{64}$")


class _Block(BaseModel):
    tx: list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] = Field(min_length=1)


Model = TypeVar("Model", bound=BaseModel)
_ANSWERS = TypeAdapter(list[_Answer])


class CoreSource:
    """A Bitcoin Core node, or another that speaks its JSON-RPC."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        """Name the node: `http(s)://user:password@host:port`."""
        self._endpoint = Endpoint(url, timeout)

    @property
    def name(self) -> str:
        """The node's URL, without user and password."""
        return self._endpoint.name

    def tip_height(self) -> int:
        """Return the height of the newest block that the node has verified in full."""
        (answer,) = self._calls("getblockchaininfo", [[]])
        return self._parsed(_ChainInfo, answer, "getblockchaininfo").blocks

    def header(self, height: int) -> bytes:
        """Return the header at a height, 80 bytes."""
        return next(self.headers(height, 1))

    def headers(self, start: int, count: int) -> Iterator[bytes]:
        """Stream headers of 80 bytes each from a height on, 200 at a time."""
        for first in range(start, start + count, BATCH):
            hashes = self._hashes(range(first, min(first + BATCH, start + count)))
            for answer in self._calls("getblockheader", [[name, False] for name in hashes]):
                yield header_of(answer, f"{self.name} getblockheader")

    def chainwork(self, height: int) -> int | None:
        """Return the work of the chain up to a height, itself included, in hashes."""
        (block_hash,) = self._hashes([height])
        (answer,) = self._calls("getblockheader", [[block_hash, True]])
        return int(self._parsed(_HeaderInfo, answer, "getblockheader").chainwork, 16)

    def coinbase(self, height: int) -> CoinbaseProof | None:
        """Return a block's coinbase and its branch, from the ids of all its transactions."""
        (block_hash,) = self._hashes([height])
        (answer,) = self._calls("getblock", [[block_hash, 1]])
        txids = self._parsed(_Block, answer, "getblock").tx
        (raw,) = self._calls("getrawtransaction", [[txids[0], False, block_hash]])
        branch = merkle_branch([from_display(txid) for txid in txids])
        return proof_of(height, bytes_of(raw, f"{self.name} getrawtransaction"), branch, self.name)

    def _hashes(self, heights: Sequence[int]) -> list[str]:
        answers = self._calls("getblockhash", [[height] for height in heights])
        return [hash_of(answer, f"{self.name} getblockhash") for answer in answers]

    def _calls(self, method: str, parameters: Sequence[list[Any]]) -> list[Any]:
        """Call one method with each of several parameters, in one request; results in order."""
        where = f"{self.name} {method}"
        text = self._endpoint.post(
            [
                {"jsonrpc": "2.0", "id": i, "method": method, "params": one}
                for i, one in enumerate(parameters)
            ]
        )
        try:
            answers = {answer.id: answer for answer in _ANSWERS.validate_json(text)}
            ordered = [answers[i] for i in range(len(parameters))]
        except (ValidationError, KeyError):
            raise SourceError(
                f"{where} answered {excerpt(text)}, not one JSON-RPC result for each call: check "
                "that its URL is that of a Bitcoin Core node"
            ) from None
        for answer, one in zip(ordered, parameters, strict=True):
            if answer.error:
                raise SourceError(
                    f"{where} of {', '.join(map(str, one)) or 'the chain'} failed: "
                    f"{excerpt(answer.error.message)} (code {answer.error.code}): wait until the "
                    "node has synchronised, or ask for a lower height"
                )
        return [answer.result for answer in ordered]

    def _parsed(self, model: type[Model], answer: Any, method: str) -> Model:
        try:
            return model.model_validate(answer)
        except ValidationError:
            raise SourceError(
                f"{self.name} {method} answered {excerpt(str(answer))}, without a usable "
                f"{', '.join(model.model_fields)}: check that its URL is that of a Bitcoin Core "
                "node"
            ) from None
