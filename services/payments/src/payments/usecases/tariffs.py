"""What the platform keeps in each vertical."""

from common.verticals import Vertical
from payments.domain.tariff import Tariff


def tariff_of(vertical: Vertical) -> Tariff:
    """The tariff for payments that are begun now."""
    return Tariff(vertical.commission.bps, vertical.commission.vat_bps)
