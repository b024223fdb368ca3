# What the scripts share: a PostgreSQL server, given or of their own. To be sourced, from the workspace's root.
#
#   DATABASE_URL            a PostgreSQL server to use; its role must be allowed to create databases.
#                           Without it `provide_postgres` makes a throwaway cluster, which `remove_cluster` takes away.
#   COUNTERSIGN_TEST_ONLY   "sqlite" or "postgres": one database instead of two
# shellcheck shell=bash

readonly OLDEST_POSTGRES=15
readonly START_ATTEMPTS=10

# Empty until a cluster of our own is there: `remove_cluster` touches nothing else.
cluster=""
postgres_bin=""

heading() { printf '\n=== %s (%s since the start) ===\n' "$1" "$(elapsed)"; }
elapsed() { printf '%dm%02ds' $((SECONDS / 60)) $((SECONDS % 60)); }
die() {
    printf 'scripts/%s: %s\n' "${0##*/}" "$1" >&2
    exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
is_root() { [[ "$(id -u)" == 0 ]]; }

# --- what has to be installed ------------------------------------------------------------------------------------

# The newest server installed: Debian keeps it out of PATH, others put it there.
find_postgres_bin() {
    local newest
    newest=$(compgen -G '/usr/lib/postgresql/*/bin/pg_ctl' | sort -V | tail -n 1 || true)
    [[ -n "$newest" ]] || newest=$(command -v pg_ctl || true)
    [[ -z "$newest" ]] || dirname "$newest"
}

lacks_postgres() { [[ -z "${DATABASE_URL:-}" && -z "$(find_postgres_bin)" ]]; }

# Installs packages where that is possible, and says what to install where it is not.
install_packages() {
    (($#)) || return 0
    if ! is_root || ! have apt-get; then
        die "please install: $* (a PostgreSQL that runs elsewhere can be given in DATABASE_URL instead)"
    fi
    heading "Installing $*"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" </dev/null
}

# Whether a database is among those that are asked for.
wants() { [[ "${COUNTERSIGN_TEST_ONLY:-$1}" == "$1" ]]; }

check_choice() {
    case "${COUNTERSIGN_TEST_ONLY:-}" in
        "" | sqlite | postgres) ;;
        *) die "COUNTERSIGN_TEST_ONLY is '$COUNTERSIGN_TEST_ONLY'; it can be sqlite or postgres" ;;
    esac
}

check_database_url() {
    case "${DATABASE_URL:-}" in
        "" | postgres://* | postgresql://*) ;;
        *) die "DATABASE_URL has to begin with postgres:// (SQLite needs no server)" ;;
    esac
}

check_cargo() { have cargo || die "cargo is missing: install Rust with rustup, which reads rust-toolchain.toml"; }

# Ends in order, whatever ends the script.
remove_cluster_at_the_end() {
    trap remove_cluster EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# --- a PostgreSQL of our own -------------------------------------------------------------------------------------

# PostgreSQL refuses to run as root, so root lends the cluster to an unprivileged user.
cluster_user() {
    if id -u postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}

# Runs a server program as whoever owns the cluster, from a directory that this user may enter.
as_cluster_user() (
    cd "$cluster" || exit
    if is_root; then
        runuser -u "$(cluster_user)" -- "$@"
    else
        "$@"
    fi
)

check_postgres_version() {
    local major
    major=$("$postgres_bin/postgres" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    ((major >= OLDEST_POSTGRES)) || die "PostgreSQL $major is too old: $OLDEST_POSTGRES or newer is needed"
}

# A port nobody answers on, below the range from which the kernel takes ports for outgoing connections.
free_port() {
    local port
    while true; do
        port=$((20000 + RANDOM % 12000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

create_cluster() {
    # Not under TMPDIR: the path of a socket holds about 100 bytes, and the cluster's user must be able to enter.
    cluster=$(mktemp -d /tmp/countersign-pg.XXXXXX)
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
    printf '%s\n' "$password" >"$cluster/password"
    if is_root; then chown -R "$(cluster_user)" "$cluster"; fi
    # The password travels in the clear, over loopback only: SCRAM's many rounds would cost an unoptimised
    # test binary more than the tests.
    as_cluster_user "$postgres_bin/initdb" -D "$cluster/data" -U postgres --pwfile="$cluster/password" \
        --auth-local=trust --auth-host=password --encoding=UTF8 --no-locale --no-sync >"$cluster/initdb.log" 2>&1 ||
        { cat "$cluster/initdb.log" >&2; die "initdb failed"; }
    # fsync and synchronous_commit stay on: the tests that kill the service ask what was really kept.
    cat >>"$cluster/data/postgresql.conf" <<SETTINGS
listen_addresses = '127.0.0.1'
unix_socket_directories = '$cluster'
max_connections = 200
shared_buffers = 128MB
wal_level = minimal
max_wal_senders = 0
max_wal_size = 2GB
checkpoint_timeout = 30min
jit = off
SETTINGS
}

# Starts the cluster; on a port that somebody took in between, tries the next.
start_cluster() {
    local attempt port
    for ((attempt = 1; attempt <= START_ATTEMPTS; attempt++)); do
        port=$(free_port)
        if as_cluster_user "$postgres_bin/pg_ctl" start -D "$cluster/data" -w -s -l "$cluster/server.log" \
            -o "-p $port" </dev/null >/dev/null 2>&1; then
            DATABASE_URL="postgres://postgres:$password@127.0.0.1:$port/postgres"
            return
        fi
        grep -q 'Address already in use' "$cluster/server.log" || break
    done
    cat "$cluster/server.log" >&2
    die "PostgreSQL did not start"
}

# Ends the one server that was started here (pg_ctl knows it by its data directory) and removes its files.
remove_cluster() {
    [[ -n "$cluster" ]] || return 0
    if [[ -f "$cluster/data/postmaster.pid" ]]; then
        as_cluster_user "$postgres_bin/pg_ctl" stop -D "$cluster/data" -m immediate -w -s >/dev/null 2>&1 || true
    fi
    rm -rf "$cluster"
    cluster=""
}

provide_postgres() {
    if [[ -n "${DATABASE_URL:-}" ]]; then
        heading "PostgreSQL: the one in DATABASE_URL"
        return
    fi
    heading "PostgreSQL: starting a throwaway cluster"
    postgres_bin=$(find_postgres_bin)
    check_postgres_version
    create_cluster
    start_cluster
    echo "$("$postgres_bin/postgres" --version), removed at the end"
}
