#!/usr/bin/env bash
# Faults on the mesh of real processes, on private servers. Last line: 'N passed, N failed'.
#   run.sh [--seed S] [options of the test runner, such as -class NAME]
set -uo pipefail
cd "$(dirname "$0")/../.."
if [ "${1:-}" = --seed ]; then
  export SYNCXR_CHAOS_SEED=${2:?"--seed wants a value"}
  shift 2
fi
fail() { echo "$1"; echo "0 passed, 1 failed"; exit 1; }
bash deploy/servers/servers.sh install || fail "the servers can't be installed"
for project in gateway/cli/SynCxr.Mesh.Cli.csproj tests/chaos/SynCxr.Mesh.Chaos.Tests.csproj; do
  dotnet build "$project" -c Release -v q -nologo -clp:NoSummary || fail "$project does not build"
done
# Without the servers a test would only say so: here that is a failure.
log=$(mktemp)
trap 'rm -f "$log"' EXIT
CI=true artifacts/bin/SynCxr.Mesh.Chaos.Tests/release/SynCxr.Mesh.Chaos.Tests -noColor "$@" 2>&1 | tee "$log"
read -r total errors bad skipped < <(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -n 1 | grep -oE '[0-9]+' | tr '\n' ' ')
[ -n "${total:-}" ] || fail "the tests printed no summary"
echo "seed ${SYNCXR_CHAOS_SEED:-1}"
echo "$((total - bad - skipped)) passed, $((bad + errors)) failed"
[ $((bad + errors)) -eq 0 ]
