# shellcheck shell=bash
# Builds, and knows when there is nothing to build: a start must not wait for msbuild to find that out.

build_command_if_changed() { build_if_changed apps/cli/Hdms.Cli.csproj hdms built "$HDMS_ROOT"; }

# The project $1, whose program is $2, unless the stamp $3 is newer than all there is in the places that follow.
build_if_changed() {
  local project=$1 program=$2 stamp=$state/$3 output sources places
  shift 3
  places=("$@")
  output=$HDMS_ROOT/$(dirname "$project")/bin/Release/$framework
  sources=$(list_sources | cksum)
  if [ -f "$output/$program.dll" ] && [ "$(cat "$stamp" 2>/dev/null)" = "$sources" ] && ! any_source_newer_than "$stamp"; then
    return
  fi

  need_sdk
  mkdir -p "$state"
  take_turn
  keep_running_programs_alive "$output"
  # Dated before the build: what is edited during it is newer.
  printf '%s\n' "$sources" >"$stamp.new"
  build "$HDMS_ROOT/$project"
  mv "$stamp.new" "$stamp"
  give_turn
}

# In $1, a project or the solution. On a terminal msbuild draws its progress itself.
build() {
  local log
  if [ -t 2 ]; then
    (cd "$HDMS_ROOT" && dotnet build "$1" -c Release --nologo -v minimal -tl:on >&2) || fail "the build failed."
    return
  fi
  say "Building ${1##*/} …"
  log=$(mktemp)
  if ! (cd "$HDMS_ROOT" && dotnet build "$1" -c Release --nologo -v quiet -tl:off >"$log" 2>&1); then
    grep -E ': (error|warning) ' "$log" | sort -u >&2 || cat "$log" >&2
    rm -f "$log"
    fail "the build failed."
  fi
  rm -f "$log"
}

# In the caller's places.
find_sources() {
  find "${places[@]}" \( -name bin -o -name obj -o -name .git -o -name .hdms -o -path "$HDMS_ROOT/tests" -o -path "$HDMS_ROOT/bench" \
    -o -path "$HDMS_ROOT/docs" -o -path "$HDMS_ROOT/deploy" \) -prune -o -type f ! -name '*.md' "$@"
}

# Their names too, because nothing is newer when a file is gone.
list_sources() { find_sources -print | LC_ALL=C sort; }

any_source_newer_than() { [ -n "$(find_sources -newer "$1" -print | head -1)" ]; }

# A program that runs has these files mapped, and dies when they are written into. It keeps the old ones; the build writes into copies.
keep_running_programs_alive() {
  [ -d "$1" ] || return 0
  rm -rf "$1.copy"
  cp -Rp "$1" "$1.copy"
  rm -rf "$1"
  mv "$1.copy" "$1"
}

# One build at a time. A turn whose holder was killed is free.
take_turn() {
  local turn=$state/building holder
  until mkdir "$turn" 2>/dev/null; do
    holder=$(cat "$turn/pid" 2>/dev/null || true)
    if [ -n "$holder" ] && ! kill -0 "$holder" 2>/dev/null; then rm -rf "$turn"; else sleep 0.2; fi
  done
  echo $$ >"$turn/pid"
  trap give_turn EXIT
}

give_turn() {
  rm -rf "$state/building"
  trap - EXIT
}
