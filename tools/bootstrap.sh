#!/bin/sh
# Make .venv what a lock says: `tools/bootstrap.sh requirements.lock` (to run) or `requirements-dev.lock` (to develop).
# Plain sh, because it runs where nothing is set up yet. Ends by touching .venv/<lock>.ready, which `make` compares with
# the lock. PYTHON names an interpreter to use; without it the first suitable one is taken.
set -eu

lock=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$here"

suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do
        if suitable "$name"; then
            command -v "$name"
            return
        fi
    done
    echo "error: no Python 3.11, 3.12 or 3.13 found (tried: ${PYTHON:-python3 python3.13 python3.12 python3.11 python})." >&2
    echo "       Install one, or name it: make PYTHON=/path/to/python3.11 ..." >&2
    return 2
}

if ! { [ -x .venv/bin/python ] && suitable .venv/bin/python; }; then
    python=$(find_python)
    echo "making .venv with $("$python" --version)"
    rm -rf .venv
    if ! "$python" -m venv .venv; then
        rm -rf .venv
        echo "error: $python cannot make a virtual environment; on Debian and Ubuntu install python3-venv." >&2
        exit 2
    fi
fi

echo "installing $lock into .venv"
# Wheels only: an sdist would run code whose build tools no hash vouches for.
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
    --require-hashes --only-binary :all: -r "$lock"

# The checkout itself is not installed: a path file and one script need no build tool and follow every edit.
.venv/bin/python - "$here" <<'PY'
import os, sys, sysconfig
checkout, paths = sys.argv[1], sysconfig.get_paths()
with open(os.path.join(paths["purelib"], "ashiato.pth"), "w", encoding="utf-8") as link:
    link.write(checkout + "\n")
script = os.path.join(paths["scripts"], "ashiato")
with open(script, "w", encoding="utf-8") as file:
    file.write(f"#!{sys.executable}\nimport sys\n\nfrom tools.cli.main import main\n\nsys.exit(main())\n")
os.chmod(script, 0o755)
PY

touch ".venv/$lock.ready"
