#!/bin/sh
# Makes the environment of this checkout: environment.sh PYTHON VENV
# uv is used where it is installed, else venv and pip, exact versions from constraints.txt either way.
set -eu
python=$1
venv=$2

command -v "$python" >/dev/null 2>&1 || {
    echo "There is no $python here. Install Python 3.11 or newer (on Debian: apt-get install python3)." >&2
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "$python is $("$python" -V), and 3.11 is the oldest that works. Say another one: make PYTHON=python3.12 ..." >&2
    exit 1
}
echo "Preparing $venv (once; what it needs is downloaded) ..."
if command -v uv >/dev/null 2>&1; then
    [ -x "$venv/bin/python" ] || uv venv --quiet --python "$python" "$venv"
    uv pip install --quiet --python "$venv/bin/python" -c constraints.txt -e '.[demo,dev,parquet]'
else
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2
        exit 1
    fi
    [ -x "$venv/bin/pip" ] || "$python" -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[demo,dev,parquet]'
fi
