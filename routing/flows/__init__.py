"""Call flows (IVR): documents that tenants write, and the machine that walks a call through one. Pure throughout."""
