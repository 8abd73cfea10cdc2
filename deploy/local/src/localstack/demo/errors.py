"""How the demo breaks."""


class BrokenError(Exception):
    """Something did not happen as it must; the text is one line and names no person."""


class UnansweredError(BrokenError):
    """Nobody answered a request that must not simply be repeated."""
