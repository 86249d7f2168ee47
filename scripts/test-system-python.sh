#!/usr/bin/env bash
# What patch releases of Python's one minor version have told apart, on the system's own, where it is another one than the
# checkout's: 3.11.2, which Debian 12 has, read our grammar otherwise than 3.11.7, and could not unpack a backup.
set -euo pipefail
cd "$(dirname "$0")/.."

system=${SYSTEM_PYTHON:-/usr/bin/python3.11}
home=.cache/system-python
tests=(tests/unit/gateway/sip tests/unit/gateway/sdp tests/torture tests/unit/api/test_backup_archive.py tests/integration/api/test_backup.py)

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
uv sync --frozen --quiet --python "$system" >"$log" 2>&1 ||
    skip "no environment can be made with $system $theirs ($(tail -n 1 "$log"))"

echo "SIP, SDP and backups on $system ($theirs)"
# Byte code of both versions bears one tag.
PYTHONPATH=. PYTHONDONTWRITEBYTECODE=1 "$home/bin/python" -m pytest -n auto --dist loadfile -p no:cacheprovider "${tests[@]}"
