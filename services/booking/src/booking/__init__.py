"""Booking: availability, holds, and the life of a turno. It alone decides amounts."""
