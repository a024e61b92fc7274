#!/usr/bin/env bash
# Lint the part of every migration that goes up. What goes down may drop tables: it is for
# a developer's machine only.
set -euo pipefail
cd "$(dirname "$0")/.."

failed=0
for migration in libs/bus/src/platform_bus/migrations/*.sql services/*/migrations/*.sql; do
    transaction=()
    if grep -q '^-- migrate:up.*transaction:false' "$migration"; then
        transaction=(--no-assume-in-transaction)
    fi
    found="$(sed '/^-- migrate:down/,$d' "$migration" |
        .venv/bin/squawk "${transaction[@]}" --stdin-filepath "$migration" 2>&1)" || {
        echo "$found"
        failed=1
    }
done
exit "$failed"
