"""`python -m notifications api|worker|migrate|snapshot|replay|rebase`."""

from common.main import main
from notifications.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
