"""Plays `python -m <service> api|worker|migrate` and `python -m sandbox`, so that the stack is tested without them."""

import os
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Answers(BaseHTTPRequestHandler):
    """Says yes to everything, and who it is."""

    def do_GET(self) -> None:
        """Answer 200."""
        self.send_response(200)
        self.send_header("Content-Length", str(len(WHO)))
        self.end_headers()
        self.wfile.write(WHO)


def serve(port: str) -> None:
    """Listen until killed."""
    ThreadingHTTPServer((setting("HOST"), int(port)), Answers).serve_forever()


def setting(name: str) -> str:
    """A setting of the module that is played."""
    return os.environ[f"{MODULE.upper()}_{name}"]


MODULE, COMMAND = [*sys.argv[2:], ""][:2]
WHO = f"{MODULE} {COMMAND}".strip().encode()
if MODULE == "sandbox":
    threading.Thread(target=serve, args=(setting("SMTP_PORT"),), daemon=True).start()
    serve(setting("PORT"))
if (Path(setting("VERTICALS_DIR")).parent / f"broken-{MODULE}-{COMMAND}").exists():
    sys.exit(f"settings: {MODULE.upper()}_DATABASES: Field required")
if COMMAND == "migrate":
    sys.stdout.write(setting("OWNER_DATABASES")[:1] + "\n")
else:
    serve(setting(f"{COMMAND.upper()}_PORT"))
