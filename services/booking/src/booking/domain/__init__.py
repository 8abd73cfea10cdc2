"""Pure rules of booking: no I/O, no framework; time is an argument."""
