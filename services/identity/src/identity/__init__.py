"""Identity: accounts, login, tokens, roles, guests, erasure. It alone signs tokens and seals contacts."""
