#!/usr/bin/env bash
# The pure SIP and SDP tests on the system's own Python, where it is another one than the checkout's. Patch releases of
# one minor version differ in `re`: 3.11.2, which Debian 12 has, once read our grammar otherwise than 3.11.7.
set -euo pipefail
cd "$(dirname "$0")/.."

system=${SYSTEM_PYTHON:-/usr/bin/python3.11}
home=.cache/system-python
tests=(tests/unit/gateway/sip tests/unit/gateway/sdp tests/torture)

skip() {
    echo "Not tested on the system's Python: $1."
    exit 0
}

version_of() {
    "$1" -c 'import platform; print(platform.python_version())'
}

[ -x "$system" ] || skip "there is no $system"
theirs=$(version_of "$system")
[ "$theirs" != "$(version_of .venv/bin/python)" ] || skip "$system is $theirs, as the checkout's is"

export UV_PROJECT_ENVIRONMENT=$home
log=.cache/system-python.log
uv sync --frozen --quiet --no-install-project --python "$system" >"$log" 2>&1 ||
    skip "no environment can be made with $system $theirs ($(tail -n 1 "$log"))"

echo "SIP and SDP on $system ($theirs)"
# Byte code of both versions bears one tag.
PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 "$home/bin/python" -m pytest -n auto --dist loadfile -p no:cacheprovider "${tests[@]}"
