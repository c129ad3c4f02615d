"""`python -m tui_transformer` is `tuitf`."""

import sys

from tui_transformer.cli import main

if __name__ == "__main__":
    sys.exit(main())
