"""`python -m providers api|worker|migrate|snapshot|replay|rebase`."""

from common.main import main
from providers.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
