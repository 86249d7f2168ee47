"""Whether routing, gateway and engine tell the same, and what is done where they do not: pure, told all pictures."""
