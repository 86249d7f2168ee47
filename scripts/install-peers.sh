#!/usr/bin/env bash
# The real peers of the tests, from Debian packages: installed when this user may, named when not.
set -euo pipefail
declare -A packages=([sipp]=sip-tester [socat]=socat [baresip]=baresip-core [chromium]=chromium [kamailio]=kamailio [linphonec]=linphone-cli [rtpengine]=rtpengine-daemon [espeak-ng]=espeak-ng)
needed=()
for program in "${!packages[@]}"; do
    command -v "$program" >/dev/null || needed+=("${packages[$program]}")
done
compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || command -v initdb >/dev/null || needed+=(postgresql)  # not on Debian's PATH
compgen -G "/usr/lib/*/kamailio/modules/secsipid.so" >/dev/null || needed+=(kamailio-secsipid-modules)
compgen -G "/usr/lib/*/kamailio/modules/tls.so" >/dev/null || needed+=(kamailio-tls-modules)
[ ${#needed[@]} -eq 0 ] && exit 0

# The benchmarks start their own rtpengine. The package's service wants a kernel module, and must not fail without it.
keep_rtpengine_down() {
    local policy=/usr/sbin/policy-rc.d
    [ -e "$policy" ] && return  # somebody else's rules hold
    trap "rm -f $policy" EXIT
    printf '#!/bin/sh\ncase "$1" in rtpengine*|ngcp-rtpengine*) exit 101 ;; esac\nexit 0\n' >"$policy"
    chmod +x "$policy"
}

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing ${needed[*]}" >&2
    [[ " ${needed[*]} " == *" rtpengine-daemon "* ]] && keep_rtpengine_down
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o DPkg::Lock::Timeout=400 \
        --no-install-recommends "${needed[@]}" >/dev/null
    [[ " ${needed[*]} " == *" rtpengine-daemon "* ]] && command -v systemctl >/dev/null &&
        systemctl disable --quiet rtpengine-daemon 2>/dev/null || true
else
    echo "Tests with these peers will be skipped; to run them: sudo apt-get install ${needed[*]}" >&2
fi
