# shellcheck shell=bash
# ./hdms test [name|all|screenshots] [arguments of the test program]
# Without a name: every project under tests/, but no test of [Trait("Category", "Long")]. The last line is the sum of all.
# "screenshots": pictures of every page, into .hdms/screenshots/.
# The gate's tests always run in the same order, so that it says the same here and on the build server; the others in an order of their own each time (HDMS_TEST_SEED repeats one).

run_tests() {
  local wanted=all long=no seed project passed=0 failed=0 ok bad
  case ${1-} in
    all) long=yes; shift ;;
    screenshots) wanted=web; long=yes; shift; set -- --filter-class '*.ScreenshotTests' "$@" ;;
    '' | -*) ;;
    *) wanted=$1; long=yes; shift ;;
  esac

  local projects
  projects=$(test_projects "$wanted")
  [ -n "$projects" ] || fail "there are no tests named '$wanted'; there are: $(test_projects all | sed -E 's|/[^/]*$||; s|.*/||; s|\.Tests$||' | tr '[:upper:]\n' '[:lower:] ')"

  need_sdk
  need_postgres
  case $projects in */tests/Versions/*) fetch_postgres_versions ;; esac
  # One compiler for all projects, also where a machine's settings are against it: each new one begins by compiling itself.
  export UseSharedCompilation=true
  if [ "$wanted" = all ]; then build "$HDMS_ROOT/Hdms.slnx"; else build "$projects"; fi
  dotnet build-server shutdown --vbcscompiler >/dev/null 2>&1 || true

  # Two programs at a time: most of a test is waiting for a server or another program. The longest begin first.
  mkdir -p "$state/tests"
  rm -f "$state"/tests/*.unsteady "$state"/tests/*.result
  export state framework long
  # Programs that run for seconds: measuring their own hot paths costs more than it brings.
  export DOTNET_TieredPGO=0
  export -f run_project run_program once_more count say
  [ "$long" = no ] && seed=1 || seed=${HDMS_TEST_SEED-$RANDOM}
  export seed
  [ "$long" = no ] || say "Order of the tests: HDMS_TEST_SEED=$seed"
  longest_first "$projects" | xargs -P 2 -I {} bash -c 'run_project "$@"' run_project {} "$@"

  for project in $projects; do
    # One without a result was killed on its way.
    read -r ok bad 2>/dev/null <"$state/tests/$(basename "$project" .csproj).result" || { ok=0 bad=1; }
    passed=$((passed + ok))
    failed=$((failed + bad))
  done
  cat "$state"/tests/*.unsteady 2>/dev/null || true
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
}

# By how long each took the last time; where that is not known, by how much there is of it.
longest_first() {
  local project name
  for project in $1; do
    name=$(basename "$project" .csproj)
    printf '%s %s\n' "$(cat "$state/tests/$name.seconds" 2>/dev/null || find "$(dirname "$project")" -name '*.cs' -not -path '*/obj/*' -exec cat {} + | wc -l)" "$project"
  done | sort -rn | cut -d ' ' -f 2
}

# All, or the one by the name of its folder, with or without ".Tests", in any case.
test_projects() {
  local project name
  for project in "$HDMS_ROOT"/tests/*/*.csproj; do
    grep -q UseMicrosoftTestingPlatformRunner "$project" 2>/dev/null || continue
    name=$(basename "$(dirname "$project")" | tr '[:upper:]' '[:lower:]')
    case $(printf '%s' "$1" | tr '[:upper:]' '[:lower:]') in
      all | "$name" | "${name%.tests}") printf '%s\n' "$project" ;;
    esac
  done
}

# Leaves "passed failed" in a file of its own, since it runs in a process of its own.
run_project() {
  local project=$1 name log status=0 ok bad begun=$SECONDS
  shift
  [ "$long" = yes ] || set -- --filter-not-trait Category=Long "$@"
  name=$(basename "$project" .csproj)
  log=$state/tests/$name.log
  say "$name …"
  run_program "$log" "$@" || status=$?

  ok=$(count succeeded "$log")
  bad=$(count failed "$log")
  # A program that ended in any other way than by finishing its tests has failed, too.
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  if [ "$bad" != 0 ]; then cat "$log"; fi
  # 2 is "tests failed, and all were run".
  if [ "$status" = 2 ] && [ "$(count failed "$log")" = "$bad" ] && [ "$bad" -le 3 ] && once_more "$log" "$bad"; then
    ok=$((ok + bad))
    bad=0
  fi
  say "$name: $ok passed, $bad failed ($((SECONDS - begun)) s)"
  echo "$ok $bad" >"$state/tests/$name.result"
  echo $((SECONDS - begun)) >"$state/tests/$name.seconds"
}

run_program() {
  local log=$1
  shift
  # 8 is "no test was run", which is right where all are long.
  dotnet "$(dirname "$project")/bin/Release/$framework/$name.dll" --no-progress --no-ansi --ignore-exit-code 8 --seed "$seed" "$@" >"$log" 2>&1 </dev/null
}

# A few that failed are run once more, by themselves: what fails twice is broken; what does not is unsteady, is named before the sum, and is to be put right.
once_more() {
  local failed method again=() passed
  failed=$(sed -nE 's/^failed ([A-Za-z0-9_.]+).*/\1/p' "$1" | sort -u)
  [ -n "$failed" ] || return 1
  for method in $failed; do again+=(--filter-method "$method"); done
  [ "$long" = yes ] || again+=(--filter-not-trait Category=Long)
  run_program "$1.again" "${again[@]}" || { cat "$1.again"; return 1; }
  passed=$(count succeeded "$1.again")
  [ "$passed" -ge "$2" ] || return 1
  printf 'unsteady: %s failed and, run once more, passed\n' $failed >"$state/tests/$name.unsteady"
}

count() {
  local n
  n=$(sed -nE "s/^ *$1: ([0-9]+)\$/\1/p" "$2" | tail -1)
  echo "${n:-0}"
}
