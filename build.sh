#!/usr/bin/env bash
# Every command of the project. Needs Linux with rustup and Node 20 or later;
# installs what else it needs under target/ and node_modules/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  cat <<'EOF'
usage: ./build.sh COMMAND

  serve [--port N]   build the page and serve it on http://localhost:8080
  test               run every check and test
  wasm [BUILD...]    build the browser's modules into www/wasm/: relaxed, simd128,
                     scalar, webgpu, and tract, the second engine; all but tract
                     by default
  dist ARGS          make pkg/: an npm package, and a folder for any static host
  chaos [MINUTES] [--seed N]
                     use the page at random, with mishaps (see docs/security.md)
  fuzz [SECONDS] [TARGET...]
                     damage the input of each parser, led by coverage (see docs/security.md)
  reproducible       build a module in two folders and compare them
  coverage           run the Rust tests and say which lines of src/ they reach
  bench ARGS         measure against other engines (see benches/README.md)
  train ARGS         train both models (see train/README.md)
EOF
}

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

need() { # need COMMAND SENTENCE
  command -v "$1" >/dev/null || fail "$2"
}

locked_version() { # locked_version CRATE
  awk -v name="\"$1\"" '$1 == "name" && $3 == name { getline; gsub(/"/, "", $3); print $3; exit }' Cargo.lock
}

wasm_target() {
  need cargo "Install Rust with rustup (https://rustup.rs), then run this again."
  local installed
  installed=$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown
  [[ -d $installed ]] && return
  need rustup "Install rustup (https://rustup.rs), which brings the wasm32-unknown-unknown target."
  say "Adding the wasm32-unknown-unknown target"
  rustup target add wasm32-unknown-unknown
}

# wasm-bindgen writes the JavaScript side of the module and must be of exactly
# the library's version. It is built without much optimising: it runs for a
# second, and would otherwise take minutes to build.
wasm_bindgen() {
  local version root
  version=$(locked_version wasm-bindgen)
  root=target/tools/wasm-bindgen-$version
  if [[ ! -x $root/bin/wasm-bindgen ]]; then
    say "Building wasm-bindgen $version"
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off \
      cargo install --quiet --root "$root" --target-dir target/tools/build \
      --version "$version" wasm-bindgen-cli
    rm -rf target/tools/build
  fi
  PATH=$PWD/$root/bin:$PATH
}

# The builds of the browser module; the page fetches the best that it can run of
# the first three.
#   relaxed  products and sums in one instruction: Chrome since 2023, Firefox since 2025
#   simd128  every browser since 2023
#   scalar   the keyword model alone, which needs no vector instructions
#   webgpu   DistilBERT on a graphics processor and nothing else, beside one of them
#   tract    simd128 with the second engine; minutes to build, fetched on demand
WASM_BUILDS=(relaxed simd128 scalar webgpu)

# Where crates lie would otherwise get into the module by the messages of panics,
# and the same sources would give other bytes to every user.
wasm_flags() { # wasm_flags BUILD: what rustc needs to know, for CARGO_ENCODED_RUSTFLAGS
  local flags=("--remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=/crates")
  case $1 in
    relaxed) flags+=(-Ctarget-feature=+simd128,+relaxed-simd) ;;
    scalar) ;;
    *) flags+=(-Ctarget-feature=+simd128) ;;
  esac
  local IFS=$'\x1f'
  printf '%s' "${flags[*]}"
}

bench_kernels() { # the kernels with their own stopwatch, for benches/browser
  local build
  for build in relaxed simd128; do
    say "Building the kernels' benchmark: $build"
    CARGO_ENCODED_RUSTFLAGS=$(wasm_flags "$build") cargo build --locked --profile wasm --lib \
      --target wasm32-unknown-unknown --target-dir "target/wasm/$build" \
      --no-default-features --features bench
    wasm-bindgen --target web --out-dir "target/bench/kernels/$build" \
      "target/wasm/$build/wasm32-unknown-unknown/wasm/plotlens.wasm"
  done
}

wasm_features() { # wasm_features BUILD: what cargo needs to know
  case $1 in
    tract) echo "--features tract" ;;
    webgpu) echo "--no-default-features --features gpu" ;;
    *) echo "--no-default-features" ;;
  esac
}

# Most of a build is the work of one core.
two_at_a_time() { # two_at_a_time COMMAND ARG...: the command with each argument
  local command=$1 argument running=0
  for argument in "${@:2}"; do
    if ((running == 2)); then
      wait -n
      running=1
    fi
    "$command" "$argument" &
    running=$((running + 1))
  done
  while ((running > 0)); do
    wait -n
    running=$((running - 1))
  done
}

build_wasm() { # build_wasm BUILD...
  wasm_target
  wasm_bindgen
  two_at_a_time build_module "$@"
}

build_module() { # build_module BUILD
  local build=$1 module
  say "Building the browser module: $build"
  # Flags differ, so each build has its own folder: nothing is compiled anew
  # for want of the other's.
  # shellcheck disable=SC2046
  CARGO_ENCODED_RUSTFLAGS=$(wasm_flags "$build") cargo build --locked --profile wasm --lib \
    --target wasm32-unknown-unknown --target-dir "target/wasm/$build" $(wasm_features "$build")
  module=target/wasm/$build/wasm32-unknown-unknown/wasm/plotlens.wasm
  # The last file that wasm-bindgen writes: an interrupted run is done again.
  if [[ $module -nt www/wasm/$build/plotlens_bg.wasm.d.ts ]]; then
    wasm-bindgen --target web --remove-name-section --remove-producers-section \
      --out-dir "www/wasm/$build" "$module"
  fi
}

clippy_module() { # clippy_module BUILD
  # shellcheck disable=SC2046
  CARGO_ENCODED_RUSTFLAGS=$(wasm_flags "$1") cargo clippy --locked --profile wasm --lib \
    --target wasm32-unknown-unknown --target-dir "target/wasm/$1" $(wasm_features "$1") -- \
    -D warnings
}

test_module() { # test_module BUILD
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner \
    CARGO_ENCODED_RUSTFLAGS=$(wasm_flags "$1") cargo test --locked --release --lib \
    --target wasm32-unknown-unknown --target-dir "target/wasm/$1" --no-default-features
}

serve() {
  need node "Install Node.js 20 or later (https://nodejs.org), then run this again."
  build_wasm "${WASM_BUILDS[@]}"
  node packaging/list.mjs
  say "Building the command line"
  # Without tract here too: it would only delay the first run by minutes.
  cargo build --locked --release --no-default-features
  exec target/release/plotlens serve www "$@"
}

find_browser() { # find_browser CHOSEN PACKAGE NAME...: what of them there is, or Debian's package
  local chosen=$1 package=$2 name
  shift 2
  for name in "$chosen" "$@"; do
    if [[ -n $name ]] && command -v "$name" >/dev/null; then
      command -v "$name"
      return
    fi
  done
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "Installing $package"
    if apt-get update -qq >&2 && apt-get install -y -qq "$package" >&2; then
      command -v "$package"
      return
    fi
  fi
  fail "The page is tested in Chromium and Firefox: install both, or name them in CHROME and FIREFOX, then run this again."
}

find_chrome() {
  find_browser "${CHROME:-}" chromium chromium chromium-browser google-chrome google-chrome-stable
}

find_firefox() {
  find_browser "${FIREFOX:-}" firefox-esr firefox-esr firefox
}

find_vulkan() { # sees to a Vulkan driver, if only Mesa's in software
  compgen -G '/usr/share/vulkan/icd.d/*.json' >/dev/null && return
  compgen -G '/etc/vulkan/icd.d/*.json' >/dev/null && return
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "Installing mesa-vulkan-drivers"
    apt-get update -qq >&2 && apt-get install -y -qq mesa-vulkan-drivers >&2 && return
  fi
  fail "The engine 'webgpu' is tested through Vulkan: install a driver, such as Debian's mesa-vulkan-drivers, then run this again."
}

install_packages() {
  if [[ package-lock.json -nt node_modules/.package-lock.json ]]; then
    npm ci --no-audit --no-fund --silent
  fi
}

run_tests() {
  need npm "Install Node.js 20 or later (https://nodejs.org), then run this again."
  CHROME=$(find_chrome)
  FIREFOX=$(find_firefox)
  export CHROME FIREFOX
  find_vulkan
  wasm_target
  wasm_bindgen

  say "Formatting"
  cargo fmt --check
  install_packages
  npm run --silent format
  say "Supply chain"
  node packaging/supply/check.mjs
  say "JavaScript types"
  build_wasm "${WASM_BUILDS[@]}" tract
  npm run --silent check
  node packaging/list.mjs
  node packaging/dist.mjs --single-file
  say "Clippy"
  cargo clippy --locked --release --all-targets --features webgpu,parquet -- -D warnings
  two_at_a_time clippy_module "${WASM_BUILDS[@]}"
  say "Rust tests"
  cargo test --locked --release --features webgpu,parquet
  say "WebAssembly tests"
  # Node 20 knows relaxed SIMD only by the first flag, which later ones do not know; without
  # the second its products of bytes are wrong.
  local relaxed=--experimental-wasm-relaxed-simd
  if node $relaxed --eval 0 2>/dev/null; then export NODE_ARGS=$relaxed,--no-liftoff; fi
  two_at_a_time test_module simd128 relaxed
  unset NODE_ARGS
  say "JavaScript tests"
  npm run --silent test:js
  say "The page in Chromium"
  npm run --silent test:browser
  say "Sites that embed it"
  npm run --silent test:examples
  say "The page under random use"
  node tests/chaos/run.mjs 1
  node tests/chaos/soak.mjs 400 20
  say "The page in Firefox"
  npm run --silent test:firefox
  say "Everything passed."
}

python_with() { # python_with VENV REQUIREMENTS: a Python with what it needs, under target/
  need python3 "Install Python 3.11 or later, then run this again."
  if ! cmp -s "$2" "$1/installed.txt"; then
    say "Installing what $2 names"
    python3 -m venv "$1"
    "$1/bin/pip" install --quiet -r "$2"
    cp "$2" "$1/installed.txt"
  fi
}

dist() {
  need npm "Install Node.js 20 or later (https://nodejs.org), then run this again."
  install_packages
  local builds=("${WASM_BUILDS[@]}")
  [[ " $* " == *" --second-engine "* ]] && builds+=(tract)
  build_wasm "${builds[@]}"
  say "Making pkg/"
  node packaging/dist.mjs "$@"
}

chaos() {
  need npm "Install Node.js 20 or later (https://nodejs.org), then run this again."
  CHROME=$(find_chrome)
  export CHROME
  build_wasm "${WASM_BUILDS[@]}"
  install_packages
  node tests/chaos/run.mjs "$@"
}

FUZZ_TARGETS=(manifest keywords onnx tokenizer labelled saved text)

fuzz_flags() { # counts edges and comparisons for libFuzzer; a stable compiler can, too
  local flags=(-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters
    -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares)
  local IFS=$'\x1f'
  printf '%s' "${flags[*]}"
}

fuzz_seeds() { # fuzz_seeds TARGET
  case $1 in
    manifest) echo www/model/manifest.json ;;
    onnx) echo tests/reference/*.onnx ;;
    tokenizer) echo tests/reference/tiny-bert.tokenizer.json ;;
    *) echo tests/fuzz/seeds/"$1"/* ;;
  esac
}

fuzz() {
  need c++ "Install a C++ compiler, which libFuzzer needs, then run this again."
  local seconds=${1:-60} host target corpus
  local targets=("${@:2}")
  [[ ${#targets[@]} -gt 0 ]] || targets=("${FUZZ_TARGETS[@]}")
  host=$(rustc --print host-tuple)
  say "Building the fuzz targets"
  CARGO_ENCODED_RUSTFLAGS=$(fuzz_flags) cargo build --locked --release \
    --manifest-path fuzz/Cargo.toml --target "$host" --target-dir target/fuzz/build
  for target in "${targets[@]}"; do
    say "Damaging: $target"
    corpus=target/fuzz/corpus/$target
    mkdir -p "$corpus"
    # shellcheck disable=SC2046
    cp $(fuzz_seeds "$target") "$corpus"
    "target/fuzz/build/$host/release/$target" "$corpus" -max_total_time="$seconds" \
      -timeout=20 -rss_limit_mb=2048 -artifact_prefix="target/fuzz/$target-"
  done
}

# The scalar build alone, the smallest: it has all parts that could know a path.
reproducible() {
  local there=target/reproducible/elsewhere module=wasm32-unknown-unknown/wasm/plotlens.wasm
  build_wasm scalar
  rm -rf "$there"
  mkdir -p "$there"
  cp -r Cargo.toml Cargo.lock src benches tests "$there"
  say "Building the scalar module again in another folder"
  (cd "$there" && CARGO_ENCODED_RUSTFLAGS=$(wasm_flags scalar) cargo build --locked \
    --profile wasm --lib --target wasm32-unknown-unknown --target-dir target --no-default-features)
  cmp "target/wasm/scalar/$module" "$there/target/$module" ||
    fail "The two modules differ: something in them knows where it was built."
  say "Both are the same, byte by byte."
}

coverage() { # of what is built natively: src/wasm is tested in browsers
  local tools profiles=$PWD/target/coverage/profiles
  tools=$(rustc --print sysroot)/lib/rustlib/$(rustc --print host-tuple)/bin
  if [[ ! -x $tools/llvm-cov ]]; then
    need rustup "Install rustup (https://rustup.rs), which brings the llvm-tools component."
    rustup component add llvm-tools
  fi
  find_vulkan
  rm -rf "$profiles"
  mkdir -p "$profiles"
  # Counts in our own crate alone; the others are taken as they are built.
  export RUSTC_WORKSPACE_WRAPPER=$PWD/target/coverage/rustc
  printf '#!/bin/sh\nexec "$@" -Cinstrument-coverage\n' >"$RUSTC_WORKSPACE_WRAPPER"
  chmod +x "$RUSTC_WORKSPACE_WRAPPER"
  say "Building the Rust tests"
  local programs=() program
  while read -r program; do programs+=(--object "$program"); done < <(
    cargo test --locked --release --features webgpu,parquet --no-run --message-format=json |
      grep -o '"executable":"[^"]*"' | cut -d'"' -f4)
  say "Rust tests"
  LLVM_PROFILE_FILE=$profiles/%p-%m.profraw \
    cargo test --locked --release --features webgpu,parquet
  "$tools/llvm-profdata" merge --sparse "$profiles"/*.profraw -o target/coverage/all.profdata
  "$tools/llvm-cov" report "${programs[@]}" --instr-profile=target/coverage/all.profdata \
    --show-region-summary=false --show-branch-summary=false --sources src
}

bench() {
  need npm "Install Node.js 20 or later (https://nodejs.org), then run this again."
  CHROME=$(find_chrome)
  export CHROME
  build_wasm "${WASM_BUILDS[@]}" tract
  bench_kernels
  install_packages
  # Without scripts: one package would download hundreds of megabytes for Node.
  (cd benches/browser && npm ci --ignore-scripts --no-audit --no-fund --silent)
  python_with target/bench/venv benches/requirements.txt
  target/bench/venv/bin/python benches/models.py
  if [[ " $* " == *" --webgpu "* ]]; then
    node benches/browser/webgpu.mjs "$@"
    return
  fi
  cargo bench --locked --no-default-features
  node benches/browser/run.mjs "$@"
}

train() {
  python_with target/train/venv train/requirements.txt
  if [[ " $* " == *" --taught "* ]]; then
    target/train/venv/bin/pip install --quiet -r train/requirements-taught.txt
  fi
  cargo build --locked --release --no-default-features
  target/train/venv/bin/python train/pipeline.py "$@"
}

command=${1:-}
[[ $# -gt 0 ]] && shift
case $command in
  serve) serve "$@" ;;
  test) run_tests ;;
  wasm) build_wasm "${@:-${WASM_BUILDS[@]}}" ;;
  dist) dist "$@" ;;
  chaos) chaos "$@" ;;
  fuzz) fuzz "$@" ;;
  reproducible) reproducible ;;
  coverage) coverage ;;
  bench) bench "$@" ;;
  train) train "$@" ;;
  *) usage >&2; exit 2 ;;
esac
