"""HTTP in: the routers and what each refusal looks like outside."""

from typing import Final

from common.errors import Answer, RefusalTable
from identity.api import accounts, auth, docs, keys, me
from identity.domain import refusals

ROUTERS: Final = (auth.router, me.router, accounts.router, keys.router, docs.router)

REFUSALS: Final[RefusalTable] = {
    refusals.InvalidEmail: Answer(422, "Revisá el correo: no parece una dirección válida."),
    refusals.InvalidPhone: Answer(422, "Revisá el celular: escribilo con código de área, por ejemplo 351 512-3456."),
    refusals.InvalidName: Answer(
        422,
        "Revisá el nombre: hasta 80 letras, números, espacios, apóstrofos, puntos, comas y guiones.",
    ),
    refusals.EmailTaken: Answer(409, "Ya hay una cuenta con ese correo. Iniciá sesión."),
    refusals.WrongCredentials: Answer(401, "El correo o la contraseña no son correctos."),
    refusals.InvalidRefreshToken: Answer(401, "Tu sesión terminó. Iniciá sesión de nuevo."),
    refusals.TooManyAttempts: Answer(429, "Hubo demasiados intentos con esta cuenta. Esperá un poco y probá de nuevo."),
    refusals.TooManyCodes: Answer(429, "Ya te enviamos un código. Esperá un poco antes de pedir otro."),
    refusals.NoContactGiven: Answer(422, "Dejanos un celular o un correo para enviarte el código."),
    refusals.WrongCode: Answer(422, "El código no es correcto o ya venció. Revisalo o pedí uno nuevo."),
    refusals.ContactIsVerified: Answer(409, "Para cambiar tu celular, verificalo con un código nuevo."),
    refusals.UnknownRole: Answer(422, "No existe ese rol en ese rubro."),
    refusals.GuestsHaveNoRoles: Answer(
        409, "Una cuenta de invitado no puede tener roles. Primero tiene que registrarse."
    ),
    refusals.OwnOperatorRole: Answer(409, "No podés quitarte el rol de operador. Pedíselo a otra persona."),
}
