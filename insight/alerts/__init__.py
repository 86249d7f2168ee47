"""Alerts on live figures: thresholds with hysteresis, and ages that do not drift. Pure, told the time."""
