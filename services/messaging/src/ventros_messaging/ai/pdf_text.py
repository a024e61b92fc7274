"""`python -m ventros_messaging.ai.pdf_text <characters>`: a PDF in, its text out.

Run by `documents`, within limits of its own.
"""

import io
import logging
import resource
import sys

from pypdf import PdfReader

CPU_SECONDS = 25
MEMORY_BYTES = 1_073_741_824


def main() -> int:
    """Read at most so many characters; 1 if the file cannot be read."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The reader's words about a file quote from it.
    logging.disable()
    left = int(sys.argv[1])
    try:
        for page in PdfReader(io.BytesIO(sys.stdin.buffer.read())).pages:
            text = page.extract_text()[:left]
            sys.stdout.buffer.write(text.encode(errors="replace") + b"\n")
            left -= len(text) + 1
            if left <= 0:
                break
    except Exception:  # whatever is wrong with it, it cannot be read
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
