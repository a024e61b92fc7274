"""`python -m ventros_gateway [all|api]`."""

import sys

from platform_http import serve
from ventros_gateway.app import build
from ventros_gateway.settings import Settings


def main() -> int:
    """Run the gateway."""
    return serve.main("gateway", Settings, build)


if __name__ == "__main__":
    sys.exit(main())
