"""Exit code 0 when the server of this container is ready."""

import os
import sys
import urllib.error
import urllib.request

port = os.environ.get("WEINAO_PORT", "8000")
try:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=4) as answer:
        sys.exit(answer.status != 200)
except (urllib.error.URLError, OSError) as error:
    sys.exit(f"not ready: {error}")
