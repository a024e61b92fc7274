#!/usr/bin/env bash
# Make .venv from requirements.lock: uv at a fixed version, the locked packages, our own members.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly uv_version=0.13.9
readonly tools=.ventros/uv
export UV_SYSTEM_CERTS=1 PIP_DISABLE_PIP_VERSION_CHECK=1
export VIRTUAL_ENV="$PWD/.venv"

fail() {
    echo "bootstrap: $*" >&2
    exit 1
}

# The first of these that is new enough.
find_python() {
    local candidate
    for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer is needed; install it or say PYTHON=/path/to/python3"
}

# A minimal Debian has a venv module that cannot make environments with pip.
make_tools_environment() {
    rm -rf "$tools"
    if "$python" -m venv "$tools" >/dev/null 2>&1; then
        return
    fi
    rm -rf "$tools"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        sudo -n true 2>/dev/null ||
            fail "'$python -m venv' does not work; run: apt-get install python3-venv"
        as_root=(sudo -n)
    fi
    command -v apt-get >/dev/null || fail "'$python -m venv' does not work here"
    echo "installing python3-venv with apt"
    "${as_root[@]}" apt-get update -q
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
        --no-install-recommends python3-venv
    "$python" -m venv "$tools"
}

python="$(find_python)"
if [ "$("$tools/bin/uv" --version 2>/dev/null | cut -d' ' -f2)" != "$uv_version" ]; then
    echo "getting uv $uv_version"
    make_tools_environment
    "$tools/bin/pip" install --quiet "uv==$uv_version"
fi
readonly uv="$tools/bin/uv"

[ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
echo "installing the locked packages"
"$uv" pip sync --quiet --compile-bytecode --require-hashes requirements.lock

# Always after the sync, which removes what the lock does not name.
members=()
for project in libs/*/pyproject.toml services/*/pyproject.toml proto-events/pyproject.toml \
    tests-e2e/pyproject.toml; do
    members+=(-e "./${project%/pyproject.toml}")
done
"$uv" pip install --quiet --no-deps "${members[@]}"
