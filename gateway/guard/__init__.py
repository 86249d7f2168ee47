"""The door of the gateway: who is banned, who comes too often, and when we are too busy. Pure: told the time."""
