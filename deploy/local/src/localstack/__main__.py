"""`python -m localstack`."""

import sys

from localstack.cli import main
from localstack.interrupts import end_as_with_ctrl_c

end_as_with_ctrl_c()
sys.exit(main())
