"""Terms as people write them, in a file or as options: read without a float on the way."""

from __future__ import annotations

import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError

from terahash.address import checked_address
from terahash.documents import reasons
from terahash.errors import TerahashError
from terahash.hashrate.amounts import exactly, satoshi
from terahash.units import HOUR, WAD

Written = TypeVar("Written", bound=BaseModel)


class TermsError(TerahashError, ValueError):
    """Terms that cannot be read, or miss something; the message names the field."""


def _number(value: Any) -> Any:
    """Refuse what was a float on its way here: it has lost digits."""
    if isinstance(value, (bool, float)):
        raise ValueError("give a number")
    return value


Wad = Annotated[int, BeforeValidator(lambda value: exactly(_number(value)))]
Percent = Annotated[int, BeforeValidator(lambda value: exactly(_number(value), WAD // 100))]
Hours = Annotated[int, BeforeValidator(lambda value: exactly(_number(value), HOUR))]
Sats = Annotated[int, BeforeValidator(lambda value: satoshi(str(_number(value))))]
Account = Annotated[str, AfterValidator(checked_address)]


def read_terms(
    model: type[Written], what: str, file: Path | None, given: dict[str, Any]
) -> Written:
    """Read terms from a TOML or JSON file, from options, or from both: options count.

    Args:
        model: of the terms.
        what: they are of, as in "an issuance".
        file: whose keys are the model's fields.
        given: options by the same names; None for what was not given.

    Raises:
        TermsError: names what is wrong or missing.
    """
    fields: dict[str, Any] = _fields(file) if file else {}
    fields.update({name: value for name, value in given.items() if value is not None})
    try:
        return model(**fields)
    except ValidationError as error:
        raise TermsError(f"these are no terms of {what}: {reasons(error)}") from None


def _fields(file: Path) -> dict[str, Any]:
    """Read a file without a float on the way."""
    try:
        text = file.read_text()
        if file.suffix == ".json":
            found = json.loads(text, parse_float=Decimal)
        else:
            found = tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise TermsError(f"{file} is neither TOML nor JSON (*.json): {error}") from None
    if not isinstance(found, dict):
        raise TermsError(f"{file} holds no terms: give names and values")
    return found
