#!/bin/sh
# Chromium and Chinese fonts for the browser tests, where we may install them (root with apt). Quiet.
command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi 'noto.*cjk' && exit 0
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo 'no Chromium here: the browser tests are skipped'; exit 0; }
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
{ apt-get -q update && apt-get -q install -y --no-install-recommends chromium fonts-noto-cjk fontconfig; } >"$log" 2>&1 ||
    { tail -20 "$log"; echo 'Chromium could not be installed'; exit 1; }
rm -f "$log"
