"""The intent matcher beside its peers, in one run. Run: python benchmarks/intents.py --help

The work is in intent_comparison.py. A script's own folder comes first where Python looks for
modules, so this file would hide the package `intents` from every script beside it: it steps aside.
"""

import importlib
import sys
from pathlib import Path

_HERE = Path(__file__).resolve().parent

if __name__ in ("__main__", "intents"):
    sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != _HERE]
    sys.path.insert(0, str(_HERE.parent))

if __name__ == "intents":
    del sys.modules[__name__]
    importlib.import_module(__name__)
elif __name__ == "__main__":
    from benchmarks.intent_comparison import main

    sys.exit(main())
