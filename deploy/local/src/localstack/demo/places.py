"""Where the day is played: four cities, with real neighbourhoods and streets that are made up."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Spot:
    """A neighbourhood; WGS 84 degrees."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class City:
    """`province` is the ISO 3166-2:AR letter, `zone` an IANA name."""

    name: str
    province: str
    zone: str
    spots: tuple[Spot, ...]


CITIES: Final = (
    City(
        "Buenos Aires",
        "C",
        "America/Argentina/Buenos_Aires",
        (
            Spot("Palermo", -34.5880, -58.4300),
            Spot("Almagro", -34.6095, -58.4215),
            Spot("Caballito", -34.6186, -58.4425),
            Spot("Belgrano", -34.5627, -58.4583),
            Spot("San Telmo", -34.6212, -58.3731),
            Spot("Villa Crespo", -34.5990, -58.4430),
        ),
    ),
    City(
        "Córdoba",
        "X",
        "America/Argentina/Cordoba",
        (
            Spot("Nueva Córdoba", -31.4275, -64.1853),
            Spot("Güemes", -31.4262, -64.1936),
            Spot("General Paz", -31.4120, -64.1680),
            Spot("Alberdi", -31.4105, -64.2010),
            Spot("Cerro de las Rosas", -31.3700, -64.2330),
        ),
    ),
    City(
        "Rosario",
        "S",
        "America/Argentina/Cordoba",
        (
            Spot("Pichincha", -32.9370, -60.6530),
            Spot("Centro", -32.9468, -60.6393),
            Spot("Echesortu", -32.9440, -60.6750),
            Spot("Fisherton", -32.9270, -60.7370),
        ),
    ),
    City(
        "Mendoza",
        "M",
        "America/Argentina/Mendoza",
        (
            Spot("Quinta Sección", -32.8930, -68.8560),
            Spot("Ciudad", -32.8895, -68.8458),
            Spot("Godoy Cruz", -32.9280, -68.8420),
            Spot("Chacras de Coria", -32.9880, -68.8780),
        ),
    ),
)
STREETS: Final = ("Pasaje del Zorzal", "Calle de la Calandria", "Pasaje del Hornero", "Calle del Benteveo")
"""Named after birds: no such numbers stand there."""
