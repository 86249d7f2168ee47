"""Business hours: weekly hours, public holidays, exceptions by date, and a switch for emergencies."""
