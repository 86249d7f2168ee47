"""The machine: (flow, position, input, now) → the next position and what is to be done."""
