"""`python -m payments COMMAND`."""

from common.main import main
from payments.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
