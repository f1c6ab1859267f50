"""Questions to an EVM node, and our words for why it did not answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from eth_abi.exceptions import DecodingError
from requests import RequestException
from web3.exceptions import ContractLogicError, TimeExhausted, Web3Exception

from terahash.chain import ChainError
from terahash.codec import revert_reason
from terahash.text import quoted

NONSENSE = (
    ValueError,
    ArithmeticError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    DecodingError,
)
"""What an answer of another shape raises when it is read."""

Answer = TypeVar("Answer")


def ask(action: str, question: Callable[[], Answer]) -> Answer:
    """Ask the node, and say in our words why it did not answer."""
    try:
        return question()
    except ContractLogicError as error:
        said = quoted(str(error.message or ""))
        raise ChainError(action, quoted(_reason(error.data)), said) from None
    except TimeExhausted:
        raise
    except RequestException as error:
        # The whole text would repeat the URL.
        raise ChainError(
            action, "", f"the node did not answer ({type(error).__name__}): check its URL"
        ) from None
    except (*NONSENSE, Web3Exception) as error:
        said = quoted(str(error))
        raise ChainError(action, "", f"the node answered what is no result: {said}") from None


def natural(answer: object) -> int:
    """Read a number that a node gave: none is negative, and none exceeds 256 bits.

    Raises:
        ValueError: when it is none.
    """
    if not isinstance(answer, int) or not 0 <= answer < 1 << 256:
        raise ValueError("a number from 0 to 2^256 - 1 was expected")
    return answer


def _reason(output: object) -> str:
    """Read the reason out of a revert's data, in the form of some nodes or of most."""
    text = output.removeprefix("Reverted ") if isinstance(output, str) else ""
    try:
        return revert_reason(bytes.fromhex(text.removeprefix("0x")))
    except ValueError:
        return ""
