#!/usr/bin/env bash
# The real peers of the tests, from Debian packages: installed when this user may, named when not.
set -euo pipefail
declare -A packages=([sipp]=sip-tester [baresip]=baresip-core [chromium]=chromium)
needed=()
for program in "${!packages[@]}"; do
    command -v "$program" >/dev/null || needed+=("${packages[$program]}")
done
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || needed+=(postgresql)  # not on Debian's PATH
[ ${#needed[@]} -eq 0 ] && exit 0
if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${needed[*]}" >&2
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=400 \
        --no-install-recommends "${needed[@]}" >/dev/null
else
    echo "Tests with these peers will be skipped; to run them: sudo apt-get install ${needed[*]}" >&2
fi
