"""`python -m analytics <command>`."""

from analytics.app import SERVICE
from common.main import main

if __name__ == "__main__":
    main(SERVICE)
