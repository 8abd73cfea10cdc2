"""Asks the program in this container whether it is well: `health [PATH]`, exit status 0 when it says so.

One program runs per container and listens on one of these ports: an API or the sandbox on 8000, a worker on 8001.
"""

import sys
from http.client import HTTPConnection, HTTPException
from typing import Final

PORTS: Final = (8000, 8001)
SECONDS: Final = 3
OK: Final = 200


def answers(port: int, path: str) -> bool:
    """Whether somebody listens there and answers 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    asked = sys.argv[1] if len(sys.argv) > 1 else "/health/live"
    sys.exit(not any(answers(port, asked) for port in PORTS))
