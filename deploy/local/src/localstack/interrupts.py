"""A command that is asked to end puts right what it moved, as with Ctrl-C: SIGTERM alone would end it on the spot."""

import signal


def end_as_with_ctrl_c() -> None:
    """From now on SIGTERM counts as SIGINT, and that ends it even where a script's `&` had it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
