"""Made-up people: surnames that are trees of the country, mail at example.com, phones in a range nobody has."""

from dataclasses import dataclass
from random import Random
from typing import Final

_FIRST: Final = (
    "Abril", "Agustín", "Alma", "Bautista", "Camila", "Ciro", "Delfina", "Emilia", "Facundo", "Felipe", "Guadalupe",
    "Ignacio", "Jazmín", "Joaquín", "Julieta", "Lautaro", "Lucía", "Malena", "Mateo", "Milagros", "Nahuel", "Olivia",
    "Pilar", "Ramiro", "Renata", "Santino", "Tiziano", "Valentina", "Victoria", "Zoe",
)  # fmt: skip
_LAST: Final = (
    "Aguaribay", "Algarrobo", "Arrayán", "Caldén", "Ceibal", "Chañar", "Coihue", "Espinillo", "Guayacán", "Jacarandá",
    "Lapacho", "Lenga", "Maitén", "Mistol", "Molle", "Ñandubay", "Ombú", "Palo Borracho", "Quebracho", "Radal",
    "Tacuara", "Tala", "Timbó", "Urunday", "Yatay",
)  # fmt: skip
_PHONES: Final = 10_000_000
# Prime to the size of the range, so that two runs' numbers are scattered instead of side by side.
_SCATTER: Final = 7_919


@dataclass(frozen=True, slots=True)
class Person:
    """`number` is the place in the plan. A guest proves a contact: the phone, or without one the e-mail."""

    number: int
    name: str
    guest: bool = False
    with_phone: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """What a person gives; other runs give others."""

    name: str
    email: str
    phone: str | None


def make_people(dice: Random, clients: int, guests: int) -> tuple[Person, ...]:
    """Clients first, then guests; every fifth guest has only an e-mail."""
    people = [Person(number, _name(dice)) for number in range(clients)]
    people += [
        Person(clients + number, _name(dice), guest=True, with_phone=number % 5 != 4) for number in range(guests)
    ]
    return tuple(people)


def make_name(dice: Random) -> str:
    """For staff and professionals."""
    return _name(dice)


def contact_of(person: Person, run: int) -> Contact:
    """The same person of another run is somebody else."""
    phone = phone_of(run, person.number) if person.with_phone else None
    return Contact(person.name, f"persona{person.number}.{run:x}@example.com", phone)


def phone_of(run: int, number: int) -> str:
    """A mobile of area 11 whose subscriber number begins with 0: libphonenumber takes it, the network gives none out.

    Source: Plan Fundamental de Numeración Nacional: 0 is the trunk prefix, so no subscriber number begins with it.
    """
    return f"+549110{(run * _SCATTER + number) % _PHONES:07d}"


def _name(dice: Random) -> str:
    return f"{dice.choice(_FIRST)} {dice.choice(_LAST)}"
