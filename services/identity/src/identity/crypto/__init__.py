"""Cryptography with keys and threads of its own: password hashes, sealed contacts, token signatures."""
