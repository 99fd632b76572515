#!/bin/sh
# Install the Debian packages that some tests use, where that is possible. Those tests skip without.
set -u
missing=""
command -v flite >/dev/null || missing="flite"
[ -d /usr/share/pocketsphinx/test/data ] || missing="$missing pocketsphinx-testdata"
command -v fstinfo >/dev/null || missing="$missing libfst-tools"
command -v espeak-ng >/dev/null || missing="$missing espeak-ng"
command -v text2wave >/dev/null || missing="$missing festival festvox-kallpc16k festvox-kdlpc16k"
[ -z "$missing" ] && exit 0

skipped() {
  echo "tests/apt.sh: $1; tests that need these packages will be skipped:" $missing >&2
  exit 0
}

command -v apt-get >/dev/null || skipped "no apt-get here"
if [ "$(id -u)" -eq 0 ]; then
  sudo=""
elif sudo -n true 2>/dev/null; then
  sudo="sudo -n"
else
  skipped "neither root nor passwordless sudo"
fi
export DEBIAN_FRONTEND=noninteractive
# A machine without a network should find out in seconds.
limits="-o Acquire::Retries=0 -o Acquire::http::Timeout=20"
install() {
  $sudo apt-get $limits install --yes --quiet --no-install-recommends $missing >/dev/null 2>&1
}
install || { $sudo apt-get $limits update --quiet >/dev/null 2>&1 && install; } || skipped "apt-get failed"
