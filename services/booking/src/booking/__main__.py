"""`python -m booking COMMAND`."""

from booking.app import SERVICE
from common.main import main

if __name__ == "__main__":
    main(SERVICE)
