"""What if: loads as they would be with a timer, a car, a battery, panels. Each is a function from load to load."""

from meterbook.tariffs.whatif.setting import Setting, Shift, composed, setting_of
from meterbook.tariffs.whatif.words import Known, shift_of

__all__ = ["Known", "Setting", "Shift", "composed", "setting_of", "shift_of"]
