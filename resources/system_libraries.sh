#!/bin/sh
# Qt needs a few libraries of the system that a bare Linux container lacks. Installs them where that is possible
# without asking (root on Debian or Ubuntu), says what to do elsewhere, and does nothing where they are there.
[ "$(uname -s)" = Linux ] || exit 0
missing=
for library in libEGL.so.1 libGL.so.1 libxkbcommon.so.0 libdbus-1.so.3 libfontconfig.so.1; do
    ldconfig -p 2>/dev/null | grep -q "$library" || missing="$missing $library"
done
[ -z "$missing" ] && exit 0
packages="libegl1 libgl1 libxkbcommon0 libdbus-1-3 libfontconfig1"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing what Qt needs of the system:$missing"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $packages >/dev/null
else
    echo "Qt needs$missing. On Debian or Ubuntu: sudo apt-get install $packages"
fi
