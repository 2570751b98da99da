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
  wasm               build the browser module into www/wasm/
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

# simd128: every browser since 2023; without it the forward pass is several times slower.
WASM_FLAGS="-C target-feature=+simd128"

build_wasm() {
  wasm_target
  wasm_bindgen
  say "Building the browser module"
  # --no-default-features leaves out tract, which the page does not run.
  RUSTFLAGS=$WASM_FLAGS cargo build --locked --profile wasm --lib \
    --target wasm32-unknown-unknown --no-default-features
  local module=target/wasm32-unknown-unknown/wasm/plotlens.wasm
  # The last file that wasm-bindgen writes: an interrupted run is done again.
  if [[ $module -nt www/wasm/plotlens_bg.wasm.d.ts ]]; then
    wasm-bindgen --target web --remove-name-section --remove-producers-section \
      --out-dir www/wasm "$module"
  fi
}

serve() {
  build_wasm
  say "Building the command line"
  # Without tract here too: it would only delay the first run by minutes.
  cargo build --locked --release --no-default-features
  exec target/release/plotlens serve www "$@"
}

find_chrome() {
  local name
  for name in "${CHROME:-}" chromium chromium-browser google-chrome google-chrome-stable; do
    if [[ -n $name ]] && command -v "$name" >/dev/null; then
      command -v "$name"
      return
    fi
  done
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "Installing Chromium"
    if apt-get update -qq >&2 && apt-get install -y -qq chromium >&2; then
      command -v chromium
      return
    fi
  fi
  fail "The page is tested in Chromium: install it, or name it in CHROME, then run this again."
}

run_tests() {
  need npm "Install Node.js 20 or later (https://nodejs.org), then run this again."
  CHROME=$(find_chrome)
  export CHROME
  wasm_target
  wasm_bindgen

  say "Formatting"
  cargo fmt --check
  if [[ package-lock.json -nt node_modules/.package-lock.json ]]; then
    npm ci --no-audit --no-fund --silent
  fi
  npm run --silent format
  say "JavaScript types"
  build_wasm
  npm run --silent check
  say "Clippy"
  cargo clippy --locked --release --all-targets -- -D warnings
  RUSTFLAGS=$WASM_FLAGS cargo clippy --locked --profile wasm --lib \
    --target wasm32-unknown-unknown --no-default-features -- -D warnings
  say "Rust tests"
  cargo test --locked --release
  say "WebAssembly tests"
  CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER=wasm-bindgen-test-runner RUSTFLAGS=$WASM_FLAGS \
    cargo test --locked --release --lib --target wasm32-unknown-unknown --no-default-features
  say "JavaScript tests"
  npm run --silent test:js
  say "The page in Chromium"
  npm run --silent test:browser
  say "Everything passed."
}

train() {
  need python3 "Install Python 3.11 or later, then run this again."
  if ! cmp -s train/requirements.txt target/train/venv/installed.txt; then
    say "Installing PyTorch and friends under target/train/venv"
    python3 -m venv target/train/venv
    target/train/venv/bin/pip install --quiet -r train/requirements.txt
    cp train/requirements.txt target/train/venv/installed.txt
  fi
  cargo build --locked --release --no-default-features
  target/train/venv/bin/python train/pipeline.py "$@"
}

command=${1:-}
[[ $# -gt 0 ]] && shift
case $command in
  serve) serve "$@" ;;
  test) run_tests ;;
  wasm) build_wasm ;;
  train) train "$@" ;;
  *) usage >&2; exit 2 ;;
esac
