"""What every service shares. Services import it, it imports contracts, and it knows no service."""
