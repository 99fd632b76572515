#!/usr/bin/env bash
# Builds the wheel, installs it in an empty environment elsewhere, and runs a conversation there.
set -euo pipefail
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

.venv/bin/python -m build --wheel --no-isolation --outdir "$place/dist" . >"$place/build.log" 2>&1 ||
  { cat "$place/build.log"; exit 1; }
if unzip -l "$place"/dist/*.whl 2>/dev/null | grep -E ' (tests|docs|benchmarks)/'; then
  echo "the wheel holds what it must not" >&2
  exit 1
fi
# The locked versions, as constraints: a wheel made here carries no hash.
sed -n 's/^\([A-Za-z0-9_.-]*==[^ ;]*\)\( ;[^\\]*\)\{0,1\} *\\*$/\1\2/p' requirements.lock >"$place/versions.txt"
python3 -m venv "$place/env"
"$place/env/bin/pip" install --quiet --disable-pip-version-check \
  --constraint "$place/versions.txt" "$place"/dist/*.whl
cd "$place"
env/bin/backtalk --version
env/bin/backtalk demo --only emergency --quiet --out "$place/demo.wav"
test -s "$place/demo.wav"
echo "the wheel works on its own"
