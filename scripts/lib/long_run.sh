# What the long runs share. To be sourced behind postgres.sh.
# shellcheck shell=bash

# Optimised: what a run finds does not depend on it, how long it takes does.
build_long_runs() {
    heading "Building"
    cargo build --release --workspace --bins --examples
}

# Runs one of them on a database, with the program that was built beside it.
long_run() {
    local database=$1 name=$2 folder=${CARGO_TARGET_DIR:-target}/release
    shift 2
    COUNTERSIGN_TEST_DATABASE=$database COUNTERSIGN_TEST_BINARY=$(realpath "$folder/countersign") \
        "$folder/examples/$name" "$@"
}
