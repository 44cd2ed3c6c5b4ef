"""Labkhand: explore what generative models learn from pictures. `explorer.__main__` says what is started."""

import sys

from explorer.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
