"""What people gave and chose, as it is kept: entries, settings, alert rules; and the agents' states beside them."""
