"""What identity's use cases are given beside the database."""

from dataclasses import dataclass

from common.service import Context
from identity.crypto.passwords import Hasher
from identity.crypto.safe import Safe
from identity.crypto.signing import Signer


@dataclass(frozen=True, slots=True, repr=False)
class FirstOperator:
    """Who is made an operator when nobody is; as the settings say."""

    email: str
    password: str


@dataclass(frozen=True)
class IdentityContext(Context):
    """`safe` seals, `signer` signs, `hasher` hashes."""

    safe: Safe
    signer: Signer
    hasher: Hasher
    first_operator: FirstOperator | None = None
