#!/usr/bin/env bash
# Holds the product against answers that other programs gave: bash tests/goldens.sh [NAME...], NAME a folder of golden answers, all by default.
# One line a folder, or a list of it with a bar of its own: NAME[/LIST] passed/total bar. Exit 0 when each reaches its bar (tests/goldens.bars).
# Folders are looked for below $SYNCXR_GOLDENS first, then in ../shared/data. Cases: tests/unit/**, methods with [GoldenFact("NAME")].
set -uo pipefail
cd "$(dirname "$0")/.."
results=$(mktemp) log=$(mktemp)
trap 'rm -f "$results" "$log"' EXIT
status=0

tests=$(grep -rnoE --include='*.cs' --exclude-dir=obj --exclude-dir=testkit '\[GoldenFact\("[^"]+"\)\]' tests | sed -E 's/^([^:]+):[0-9]+:\[GoldenFact\("([^"]+)"\)\]$/\2 \1/' | sort)
grep -rn --include='*.cs' --exclude-dir=obj --exclude-dir=testkit '\[GoldenFact([^"\\]' tests && { echo "a golden test must name its folder literally: nobody runs the ones above"; status=1; }
for name in "$@"; do
  grep -q "^$name " <<<"$tests" || { echo "$name: no test of that golden folder; there are: $(cut -d' ' -f1 <<<"$tests" | sort -u | tr '\n' ' ')"; status=1; }
done

projects=() # test projects that hold a golden test of a wanted folder
wanted=()   # -trait options
while read -r name file; do
  [ -n "$name" ] || { echo "no golden test below tests"; status=1; break; }
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  folder=$(dirname "$file")
  until compgen -G "$folder/*.csproj" >/dev/null; do folder=$(dirname "$folder"); done
  [[ " ${projects[*]-} " == *" $folder "* ]] || projects+=("$folder")
  [[ " ${wanted[*]-} " == *"Golden=$name "* ]] || wanted+=(-trait "Golden=$name")
done <<<"$tests"

for folder in "${projects[@]+"${projects[@]}"}"; do
  project=$(basename "$(compgen -G "$folder/*.csproj")" .csproj)
  dotnet build "$folder" -c Release -v q -nologo >"$log" 2>&1 || { tail -n 20 "$log"; status=1; continue; }
  if ! SYNCXR_GOLDEN_RESULTS=$results "artifacts/bin/$project/release/$project" -noColor "${wanted[@]}" >"$log" 2>&1; then
    status=1
    grep -aE '\[FAIL\]$' -A 3 "$log" | cut -c 1-400
  fi
done
grep -E ' (not passed|disputed|not tested|note)' "$results" | sort -u
grep -vE ' (not passed|disputed|not tested|note)' "$results" | sort -u
exit $status
