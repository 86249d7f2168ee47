"""`cordboard demo`: a centre with simulated callers and robot agents, on this machine."""


def run(*, once: bool, as_json: bool) -> int:
    """Run the demonstration; returns the exit code of the process."""
    from api.demo.demonstration import run as run_demonstration  # the carrier's process needs none of what it brings in

    return run_demonstration(once=once, as_json=as_json)
