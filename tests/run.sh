#!/usr/bin/env bash
# The one test command: installs what it needs, checks the contracts and the style, builds, runs every test.
# Last line: 'N passed, N failed'.
set -uo pipefail
cd "$(dirname "$0")/.."
# On a busy machine libtorch's threads must sleep while they wait: spinning, two of them take five times the time of one.
export OMP_WAIT_POLICY=PASSIVE
# Memory that was touched once is kept, in large pages: in a virtual machine the first touch is what costs, and libtorch would pay it each step.
export GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184:glibc.malloc.top_pad=67108864
# Hundreds of short processes: counting calls for a recompilation that never comes costs a twelfth of their time, and mapping each piece of
# fresh machine code twice, so that no page is writable and executable at once, another eighth.
export DOTNET_TieredPGO=0 DOTNET_EnableWriteXorExecute=0
passed=0 failed=0 failures=()
start=$SECONDS
say() { printf '\n== %s (%ds)\n' "$1" $((SECONDS - start)); }
check() { # name, command...
  local name=$1; shift
  say "$name"
  if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); failures+=("$name"); fi
}
finish() {
  # The logs above are cut, and a reader may have the end alone: what failed, and the first lines of why.
  [ -z "${logs:-}" ] || grep -ahE -A 8 '\[FAIL\]$' "$logs"/* | cut -c 1-600
  for name in "${failures[@]+"${failures[@]}"}"; do echo "FAILED: $name"; done
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]; exit $?
}

need() { # command, package
  command -v "$1" >/dev/null && return
  echo "installing $2"
  { [ -n "${apt_fresh:-}" ] || apt-get update -qq; apt_fresh=1; apt-get install -y -qq --no-install-recommends "$2" >/dev/null; } || { echo "can't install $2"; failed=$((failed + 1)); finish; }
}
command -v dotnet >/dev/null || { echo "the .NET 10 SDK is not on PATH"; failed=1; finish; }

breaking() { # against the commit that protos/breaking-base names: the contracts as clients know them
  local base
  if [ ! -f protos/breaking-base ]; then echo "skipped: there is no protos/breaking-base, so no contracts that clients know yet"; return 0; fi
  base=$(tr -d '[:space:]' <protos/breaking-base)
  if ! git cat-file -e "$base:protos/buf.yaml" 2>/dev/null; then
    echo "skipped: this clone lacks the commit '$base' that protos/breaking-base names"
    return 0
  fi
  npx --prefix protos buf breaking protos --against ".git#ref=$base,subdir=protos"
}
logs=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$logs"' EXIT
{ dotnet restore SynCxr.Mesh.sln --locked-mode -v q && dotnet build SynCxr.Mesh.sln -c Release --no-restore -v q -nologo; } >"$logs/build" 2>&1 & build=$!
# What the tests need is fetched while the build goes on.
need node nodejs
need npm npm
need curl curl
need exiftool libimage-exiftool-perl # what it and dciodvfy read of our marks is held against what we wrote
need dciodvfy dicom3tools
need protoc protobuf-compiler
need pgbouncer pgbouncer
need grpc_python_plugin protobuf-compiler-grpc
/usr/bin/python3 -c 'import grpc' 2>/dev/null || need python3-grpcio python3-grpcio # no command of its own
/usr/bin/python3 -c 'import sklearn' 2>/dev/null || need python3-sklearn python3-sklearn # metrics are held against it; no command of its own
[ -e /usr/lib/*/libcharls.so.2 ] || need libcharls2 libcharls2 # decoders that DICOM tests use; no commands of their own
[ -e /usr/lib/*/libopenjp2.so.7 ] || need libopenjp2 libopenjp2-7
[ -f /usr/include/google/protobuf/timestamp.proto ] || need libprotobuf-dev libprotobuf-dev
check "npm packages of the contracts" npm ci --prefix protos --silent --no-audit --no-fund
check "npm packages of the C2PA reader" npm ci --prefix tests/polyglot/c2pa --silent --no-audit --no-fund
check "npm packages of the Node client" npm ci --prefix tests/polyglot/node --silent --no-audit --no-fund
# Not `npm ci`: it refuses the lock file where a feed lacks the optional packages of other systems.
check "npm packages of the llama.cpp server" npm install --prefix tests/polyglot/llama --omit=optional --no-save --silent --no-audit --no-fund
check "private servers, from Debian and npm" bash deploy/servers/servers.sh install
check "buf lint" npx --prefix protos buf lint protos
check "buf breaking" breaking
built() { wait "$build"; local code=$?; cat "$logs/build"; return $code; }
check "restore with the lock files as committed, and build; warnings are errors" built
[ "$failed" -eq 0 ] || finish

format() { dotnet format SynCxr.Mesh.sln --verify-no-changes --no-restore -v q; }
run() { # Balancer, Chaos, ...; and options of its own
  local name=$1 TIMEFORMAT='%R s, %U s of a core'; shift
  { time "artifacts/bin/SynCxr.Mesh.$name.Tests/release/SynCxr.Mesh.$name.Tests" -noColor "${options[@]}" "$@" >>"$logs/$name" 2>&1; } 2>>"$logs/$name.time"
}
tell() { # name of a test program that has ended: its log, cut, and its count
  local name=$1 summary total errors bad skipped
  say "SynCxr.Mesh.$name.Tests: $(paste -sd '+' "$logs/$name.time")"
  grep -avE '^\s*(Discovering|Discovered|Starting|Finished):|Could not initialize NNPACK' "$logs/$name" | tail -n 400
  grep -aE '\[FAIL\]$' "$logs/$name" | sed 's/^ */FAILED: /' # the log above is cut
  summary=$(grep -aoE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$logs/$name")
  if [ -z "$summary" ]; then
    failed=$((failed + 1)); failures+=("$name printed no summary")
    return
  fi
  while read -r total errors bad skipped; do # a line a part
    passed=$((passed + total - bad - skipped)); failed=$((failed + bad + errors))
    [ $((bad + errors)) -eq 0 ] || failures+=("$name: $bad failed, $errors errors")
  done < <(tr -dc '0-9 \n' <<<"$summary")
}

# Three lanes side by side, since each waits for much of its time: for servers that are away, leases that run out, processes that end. Tests
# that measure times are run last, with nothing beside them. Deploy's publish the services into the folders that the others start processes
# from, so they come between. Golden answers are a check of their own, below.
options=("$@" -trait- "Kind=Golden" -trait- "Kind=Timing")
run Chaos & chaos=$!
{ run Servers; run Trainer; } & servers=$!
for name in Curation Diffusion Report Shared Gateway; do run "$name"; tell "$name"; done
check "style" format
run Balancer; run Evaluator; tell Evaluator
wait "$servers"; tell Servers; tell Trainer
wait "$chaos"; tell Chaos
run Deploy; tell Deploy
run Integration -parallelMode all -maxThreads 2 -preEnumerateTheories # commands and meshes are processes that wait for each other
options=("$@" -trait "Kind=Timing")
for name in Balancer Integration; do run "$name"; done
tell Balancer; tell Integration
for project in tests/unit/*/*.csproj tests/*/*.Tests.csproj; do # or a new one would be forgotten
  name=$(basename "$project" .Tests.csproj); name=${name#SynCxr.Mesh.}
  [ -e "$logs/$name" ] || { failed=$((failed + 1)); failures+=("$project was not run"); }
done
check "golden answers" bash tests/goldens.sh
say "done"
finish
