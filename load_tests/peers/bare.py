"""The peer of the API: Litestar with one handler that answers a constant, served as `cordboard serve` serves.

`python -m load_tests.peers.bare PORT`
"""

import sys

import uvicorn
from litestar import Litestar, get


@get("/bare")
async def bare() -> dict[str, str]:
    """Nothing is looked up and nobody is asked who it is."""
    return {"status": "ok"}


def main() -> None:
    app = Litestar([bare], openapi_config=None, logging_config=None)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)


if __name__ == "__main__":
    main()
