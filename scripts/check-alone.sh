#!/usr/bin/env bash
# Install each service alone, with the lock as constraints, and import every module of it.
# One shared environment hides a dependency that a member uses and does not declare.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_SYSTEM_CERTS=1

readonly uv="$PWD/.ventros/uv/bin/uv"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

import_all='
import importlib, pkgutil, sys
package = importlib.import_module(sys.argv[1])
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    if not module.name.endswith(".__main__"):
        importlib.import_module(module.name)
'

for project in services/*/; do
    name="$(basename "$project")"
    "$uv" venv --quiet --python .venv/bin/python "$work/$name"
    "$uv" pip install --quiet --python "$work/$name/bin/python" \
        --constraint requirements.lock "./$project"
    (cd "$work" && "$work/$name/bin/python" -c "$import_all" "ventros_$name")
    echo "$name: installs and imports alone"
done
