"""Ringing customers back who would not wait, or who agreed on a time: pure, told the time and the business hours."""
