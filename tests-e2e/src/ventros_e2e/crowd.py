"""Invented people: Brazilian numbers and hidden numbers that no two runs share."""

import secrets

from waha_simulator.people import Person

FIRST_NAMES = ("Ana", "Bruno", "Carla", "Davi", "Elisa", "Fábio", "Gil", "Helena", "Ivo", "Júlia")
AREA_CODES = ("11", "21", "31", "41", "51", "61", "71", "81", "85", "91")


def mobile(area: str, subscriber: int) -> str:
    """A mobile number's digits with the ninth digit: 55, area, 9 and eight digits."""
    return f"55{area}9{subscriber % 10**8:08d}"


def lid(number: int) -> str:
    """A hidden number's digits."""
    return f"{10**14 + number % 10**14}"


def somebody(name: str, *, phone: bool = True, hidden: bool = True) -> Person:
    """A person whom nobody has met. `phone` and `hidden` say which numbers there are."""
    number = secrets.randbelow(10**8)
    area = AREA_CODES[number % len(AREA_CODES)]
    return Person(
        name=name,
        phone=mobile(area, 60_000_000 + number % 40_000_000) if phone else None,
        lid=lid(secrets.randbelow(10**14)) if hidden else None,
        device=number % 3,
    )


def numbered(number: int, *, block: int = 0) -> Person:
    """The same person for the same number: one of `block`'s hundred thousand."""
    subscriber = 80_000_000 + block % 100 * 100_000 + number
    area = AREA_CODES[(block // 100) % len(AREA_CODES)]
    return Person(
        name=FIRST_NAMES[number % len(FIRST_NAMES)],
        phone=mobile(area, subscriber),
        lid=lid(block * 100_000 + number),
        device=number % 3,
    )
