"""`pre-commit try-repo`, over a store at KEPT that stays between its calls, so that the hooks are built once.

Everything else is pre-commit's own: a temporary folder is what it would build them in each time.
"""

import contextlib
import os
import types

from pre_commit import store
from pre_commit.commands import try_repo
from pre_commit.main import main

kept = os.environ["KEPT"]


def numbered(prefix: str, dir: str) -> str:
    """A folder whose name is the same in the next run, where cargo then knows what it has compiled already."""
    number = 0
    while os.path.exists(os.path.join(dir, f"{prefix}{number}")):
        number += 1
    path = os.path.join(dir, f"{prefix}{number}")
    os.mkdir(path)
    return path


try_repo.tempfile = types.SimpleNamespace(TemporaryDirectory=lambda: contextlib.nullcontext(kept))
store.tempfile = types.SimpleNamespace(mkdtemp=numbered, mkstemp=store.tempfile.mkstemp)
raise SystemExit(main())
