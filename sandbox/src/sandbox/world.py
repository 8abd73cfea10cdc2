"""What every part of the sandbox is given: settings, store, knobs and the courier of notifications."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from sandbox.knobs import KnobBoard
from sandbox.mercadopago.courier import Courier
from sandbox.settings import Settings
from sandbox.store import Store


@dataclass(frozen=True, slots=True)
class World:
    """Built once by `app.create_app`."""

    settings: Settings
    store: Store
    board: KnobBoard
    courier: Courier


def the_world(request: Request) -> World:
    """The World of the running application."""
    world: World = request.app.state.world
    return world


Here = Annotated[World, Depends(the_world)]
