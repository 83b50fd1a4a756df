#!/bin/sh
# Makes the virtual environment, or says in a sentence what is missing.
# usage: make-venv.sh PYTHON FOLDER
set -eu
python=$1
folder=$2
command -v "$python" >/dev/null 2>&1 || {
    echo "There is no '$python'. Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3.11" >&2
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "$("$python" --version) is too old: Python 3.11 or newer is needed (make PYTHON=/path/to/python3.11)." >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || {
    echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv" >&2
    exit 1
}
"$python" -m venv "$folder"
