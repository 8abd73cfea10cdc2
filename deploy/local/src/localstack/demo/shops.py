"""The professionals of the day: what they offer, where, with whom and when."""

from dataclasses import dataclass
from random import Random
from typing import Any, Final

from localstack.demo.people import make_name
from localstack.demo.places import CITIES, STREETS, City, Spot

BARBER, PSYCHOLOGY = "barber", "psychology"
BARBERS: Final = 17
PSYCHOLOGISTS: Final = 3
ROUND_THE_CLOCK: Final = 3
"""So many barbers never close, so that there is a slot in an hour at whatever hour the demo is run."""
_WHOLE_DAY, _SUNDAY = 24, 7
_NAMES: Final = (
    "El Ceibo", "La Navaja", "Tijera y Mate", "Don Calden", "La Vereda", "Punto Barba", "El Andén", "Salón Zonda",
    "Barba Negra", "La Esquina", "Filo Sur", "El Rulo", "Cuatro Vientos", "La Cuadra", "Norte Barber", "El Patio",
    "Brocha Fina",
)  # fmt: skip
_DEPOSITS: Final = (("fixed", 2500), ("percent", 30), ("whole", 0), ("percent", 50), ("fixed", 1500.5))


@dataclass(frozen=True, slots=True)
class Offer:
    """A service; `deposit` is kind and value as the API takes them, amounts in pesos."""

    code: str
    name: str
    minutes: int
    pesos: int
    deposit: tuple[str, float]

    @property
    def is_free_to_book(self) -> bool:
        """Whether nothing is due in advance."""
        return self.deposit[0] == "none"


@dataclass(frozen=True, slots=True)
class Shop:
    """A professional's business at one place. `things`: chairs or rooms."""

    number: int
    vertical: str
    name: str
    owner: str
    city: City
    spot: Spot
    address: str
    staff: tuple[str, ...]
    things: int
    offers: tuple[Offer, ...]
    never_closes: bool = False

    @property
    def thing(self) -> str:
        """What a booking occupies there."""
        return "chair" if self.vertical == BARBER else "room"

    @property
    def room(self) -> int:
        """Hours of its shortest day, of all its things: who has more is chosen more often."""
        return self.things * (_WHOLE_DAY if self.never_closes else _SUNDAY)

    def slug(self, run: int) -> str:
        """Its address on the platform, another in each run."""
        return f"demo-{run:x}-{self.number}"

    def weekly(self, member: int) -> list[dict[str, Any]]:
        """The hours of a member of staff, as the API takes them."""
        if self.never_closes:
            return [_window(day, "00:00", "23:59") for day in range(1, 8)]
        if self.vertical == PSYCHOLOGY:
            return [_window(day, "08:00", "20:00") for day in range(1, 6)]
        opens = "09:00" if member % 2 == 0 else "12:00"
        week = [_window(day, opens, "13:00") for day in range(1, 7)] if opens < "12:00" else []
        return [*week, *(_window(day, "14:00", "20:30") for day in range(1, 7)), _window(7, "10:00", "17:00")]


def make_shops(dice: Random) -> tuple[Shop, ...]:
    """17 barbers over the four cities, then 3 psychologists."""
    barbers = [_barber(dice, number) for number in range(BARBERS)]
    return (*barbers, *(_psychologist(dice, BARBERS + number) for number in range(PSYCHOLOGISTS)))


def _barber(dice: Random, number: int) -> Shop:
    city, spot = _where(number)
    never_closes = number < ROUND_THE_CLOCK
    staff = 3 if never_closes else 1 + number % 3
    base = 6_000 + 500 * dice.randrange(8)
    first, second = _DEPOSITS[number % len(_DEPOSITS)], _DEPOSITS[(number + 2) % len(_DEPOSITS)]
    offers = (
        Offer("corte", "Corte", 30, base, first),
        Offer("barba", "Barba", 30, base // 2, ("none", 0)),
        Offer("combo", "Corte y barba", 60, base + base // 3, second),
    )
    return Shop(
        number=number,
        vertical=BARBER,
        name=f"{_NAMES[number]} {spot.name}",
        owner=make_name(dice),
        city=city,
        spot=spot,
        address=_address(dice),
        staff=tuple(make_name(dice) for _ in range(staff)),
        things=max(1, staff - number % 2) if not never_closes else staff,
        offers=offers,
        never_closes=never_closes,
    )


def _psychologist(dice: Random, number: int) -> Shop:
    city, spot = _where(number)
    owner = make_name(dice)
    price = 18_000 + 1_000 * dice.randrange(6)
    return Shop(
        number=number,
        vertical=PSYCHOLOGY,
        name=f"Consultorio {spot.name}",
        owner=owner,
        city=city,
        spot=spot,
        address=_address(dice),
        staff=(owner,),
        things=1,
        offers=(Offer("individual", "Sesión individual", 50, price, ("whole", 0)),),
    )


def _where(number: int) -> tuple[City, Spot]:
    city = CITIES[number % len(CITIES)]
    return city, city.spots[number // len(CITIES) % len(city.spots)]


def _address(dice: Random) -> str:
    return f"{dice.choice(STREETS)} {100 * dice.randrange(1, 40) + dice.randrange(1, 99)}"


def _window(day: int, start: str, end: str) -> dict[str, Any]:
    return {"day": day, "start": start, "end": end}
