#!/usr/bin/env bash
# Fuzz the engine's parsers: run.sh SECONDS [TARGET...], SECONDS for each target. Needs no nightly toolchain and no
# cargo-fuzz: the compiler's own coverage instrumentation and libFuzzer (a C++ compiler builds it) do.
# New inputs go to $FUZZ_WORK; those that fell are there too, under crashes/.
set -euo pipefail
seconds=${1:?seconds for each target}
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${FUZZ_WORK:-$here/../target/fuzz}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$here/../target}/fuzzing
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
# A target of its own keeps the instrumentation away from build scripts.
host=$(rustc -vV | sed -n 's/^host: //p')
cargo build --quiet --release --manifest-path "$here/runner/Cargo.toml" --target "$host"
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(ls "$here/corpus")
for target in "${targets[@]}"; do
  mkdir -p "$work/$target" "$work/crashes"
  echo "fuzzing $target for $seconds s"
  FUZZ_TARGET=$target "$CARGO_TARGET_DIR/$host/release/fuzz-runner" "$work/$target" "$here/corpus/$target" \
    -max_total_time="$seconds" -max_len=4096 -timeout=5 -rss_limit_mb=512 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$work/crashes/$target-" || exit 1
done
