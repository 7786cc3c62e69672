"""Solar panels on a load: use is met first, what is left goes back to the utility."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from meterbook.tariffs.inputs import Usage
from meterbook.tariffs.whatif.setting import Setting, Shift, in_wh, net_of, with_net
from meterbook.tariffs.whatif.sun import generation


def solar(kw: Decimal, latitude: float, longitude: float) -> Shift:
    """Panels of some kW at a place, by the model of :mod:`meterbook.tariffs.whatif.sun`.

    Energy drawn less energy sent back falls by what they make, to the unit.
    """

    def shift(usage: Usage, setting: Setting) -> Usage:
        usage = in_wh(usage)
        made = np.rint(generation(setting.axis, latitude, longitude) * float(kw) * 10**usage.scale).astype(np.int64)
        return with_net(usage, net_of(usage) - made)

    return shift
