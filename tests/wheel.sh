#!/usr/bin/env bash
# Builds the wheel twice, checks what it holds, installs it in an empty environment elsewhere, and
# holds a conversation there. Run `make setup` first.
set -euo pipefail
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

for build in first second; do
  .venv/bin/python -m build --wheel --no-isolation --outdir "$place/$build" . >"$place/build.log" 2>&1 ||
    { cat "$place/build.log" >&2; exit 1; }
done
cmp "$place"/first/*.whl "$place"/second/*.whl

.venv/bin/python - "$place"/first/*.whl "$place/versions.txt" <<'PYTHON'
import re
import sys
import zipfile
from pathlib import Path

wheel, versions = sys.argv[1:]
PACKAGES = ("audio", "intents", "models", "skill")
here = {
    str(path)
    for package in PACKAGES
    for path in Path(package).rglob("*")
    if path.is_file() and path.suffix != ".pyc" and Path("models/training") not in path.parents
}
there = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
for file in sorted(here - there):
    print(f"the wheel lacks {file}", file=sys.stderr)
for file in sorted(there - here):
    print(f"the wheel must not hold {file}", file=sys.stderr)
# The locked versions as constraints; without their hashes, since this wheel has none.
locked = re.findall(r"^([^\s;]+==[^\s;]+)([^\\\n]*)", Path("requirements.lock").read_text(), re.M)
Path(versions).write_text("".join(f"{name}{marker}\n" for name, marker in locked))
sys.exit(here != there)
PYTHON

.venv/bin/python -m venv "$place/env"
"$place/env/bin/pip" install --quiet --disable-pip-version-check \
  --constraint "$place/versions.txt" "$place"/first/*.whl
export BACKTALK_HOME="$place/home"
cd "$place"
env/bin/backtalk --version
env/bin/backtalk models verify
env/bin/backtalk doctor >"$place/doctor.log" || { cat "$place/doctor.log" >&2; exit 1; }
env/bin/backtalk demo --only emergency --quiet --out "$place/demo.wav"
test -s "$place/demo.wav"
echo "the wheel works on its own"
