#!/usr/bin/env bash
# Write requirements.lock: every package that any member or the tools need, with hashes.
# Done twice it writes the same bytes; a package moves only with --upgrade or --upgrade-package.
set -euo pipefail
cd "$(dirname "$0")/.."
export UV_SYSTEM_CERTS=1

projects=(libs/*/pyproject.toml services/*/pyproject.toml proto-events/pyproject.toml
    tests-e2e/pyproject.toml)
own=()
for project in "${projects[@]}"; do
    # Members are installed from the tree; naming them here would write this machine's paths.
    own+=(--no-emit-package "$(sed -n 's/^name = "\(.*\)"$/\1/p' "$project" | head -n 1)")
done

.ventros/uv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url "${own[@]}" "$@" \
    --group pyproject.toml:dev "${projects[@]}" -o requirements.lock
