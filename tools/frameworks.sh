#!/bin/sh
# Makes the environment with PyTorch, torchvision and Ultralytics (7 GB) that the heavy tests train with, once:
# frameworks.sh PYTHON VENV
set -eu
python=$1
venv=$2

# pip, not uv: a machine may hold PyTorch's files where only pip is configured to look.
[ -f "$venv/.ready" ] && [ "$venv/.ready" -nt constraints-frameworks.txt ] && exit 0
free=$(df -Pk . | awk 'NR == 2 { print int($4 / 1048576) }')
if [ "$free" -lt 20 ]; then
    echo "PyTorch and Ultralytics need 20 GB of free disk while they are installed, and there are $free." >&2
    exit 1
fi
echo "Preparing $venv with PyTorch and Ultralytics (once; some minutes) ..."
[ -x "$venv/bin/pip" ] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints-frameworks.txt \
    torch torchvision ultralytics cloudpickle timm scikit-learn skops xgboost lightgbm pyarrow pillow safetensors
touch "$venv/.ready"
