"""Pure rules: what a state adds to the figures, which days may be asked for, what a client app may report."""
