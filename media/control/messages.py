from kernel.contracts.engine import *  # noqa: F403
