"""`python -m identity COMMAND`."""

from common.main import main
from identity.app import SERVICE

if __name__ == "__main__":
    main(SERVICE)
