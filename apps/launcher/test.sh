# shellcheck shell=bash
# ./hdms test [name|all] [arguments of the test program]
# Without a name: every project under tests/, but no test of [Trait("Category", "Long")]. The last line is the sum of all.

run_tests() {
  local wanted=all long=no project passed=0 failed=0
  case ${1-} in
    all) long=yes; shift ;;
    '' | -*) ;;
    *) wanted=$1; long=yes; shift ;;
  esac

  local projects
  projects=$(test_projects "$wanted")
  [ -n "$projects" ] || fail "there are no tests named '$wanted'; there are: $(test_projects all | sed -E 's|/[^/]*$||; s|.*/||; s|\.Tests$||' | tr '[:upper:]\n' '[:lower:] ')"

  need_sdk
  need_postgres
  if [ "$wanted" = all ]; then build "$HDMS_ROOT/Hdms.slnx"; else build "$projects"; fi

  mkdir -p "$state/tests"
  while read -r project; do
    run_project "$project" "$long" "$@"
  done <<EOF
$projects
EOF

  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ] && [ "$passed" -gt 0 ]
  exit
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

# Adds to the caller's passed and failed.
run_project() {
  local project=$1 long=$2 name log status=0 ok bad begun=$SECONDS
  shift 2
  [ "$long" = yes ] || set -- --filter-not-trait Category=Long "$@"
  name=$(basename "$project" .csproj)
  log=$state/tests/$name.log
  say "$name …"
  # 8 is "no test was run", which is right where all are long.
  dotnet "$(dirname "$project")/bin/Release/$framework/$name.dll" --no-progress --no-ansi --ignore-exit-code 8 "$@" >"$log" 2>&1 </dev/null || status=$?

  ok=$(count succeeded "$log")
  bad=$(count failed "$log")
  # A program that ended in any other way than by finishing its tests has failed, too.
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  if [ "$bad" != 0 ]; then cat "$log"; fi
  say "$name: $ok passed, $bad failed ($((SECONDS - begun)) s)"
  passed=$((passed + ok))
  failed=$((failed + bad))
}

count() {
  local n
  n=$(sed -nE "s/^ *$1: ([0-9]+)\$/\1/p" "$2" | tail -1)
  echo "${n:-0}"
}
