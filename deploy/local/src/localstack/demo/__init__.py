"""A seeded business day, played through the gateway as apps would, and checked against what it must have caused."""
