# The test areas of ./test. Each runs its tests, leaves their reports in .tools/reports, and adds to the totals.
# Sourced after common.sh.

reports=$tools/reports
total_passed=0 total_failed=0 total_skipped=0 empty_areas=0
summary=()

# build_tests  the solution: every room, every test, and with them the program itself.
build_tests() {
    (
        flock 9
        build_web
        hash=$(program_hash)
        all=$hash-$(hash_of tests Clew.slnx)
        if is_stamped "$stamps/tests-$configuration" "$all" && [[ -x $program ]]; then exit 0; fi
        rm -f "$stamps/tests-$configuration" "$program_stamp"
        step solution "Building the solution ($configuration)" dotnet_build "$root/Clew.slnx"
        printf '%s' "$hash" >"$program_stamp"
        printf '%s' "$all" >"$stamps/tests-$configuration"
    ) 9>"$tools/build.lock"
}

begin_area() {
    area=$1 area_passed=0 area_failed=0 area_skipped=0 area_started=$SECONDS
    rm -rf "${reports:?}/$area"
    mkdir -p "$reports/$area"
    printf '\n%s\n' "$area"
}

# count NAME PASSED FAILED SKIPPED
count() {
    printf '  %-32s %5d passed, %d failed%s\n' "$1" "$2" "$3" "$( (($4)) && printf ', %d skipped' "$4" || true)"
    ((area_passed += $2, area_failed += $3, area_skipped += $4, 1))
}

end_area() {
    local note=""
    if ((area_passed + area_failed == 0)); then
        note=" (no test ran: that counts as a failure)"
        empty_areas=$((empty_areas + 1))
    fi
    summary+=("$(printf '%-8s %5d passed, %d failed, %d skipped in %d s%s' \
        "$area" "$area_passed" "$area_failed" "$area_skipped" $((SECONDS - area_started)) "$note")")
    ((total_passed += area_passed, total_failed += area_failed, total_skipped += area_skipped, 1))
}

# prepare COMMAND…  what an area needs before its tests; when it fails, the area has failed, and the other areas still run.
prepare() {
    if ! ("$@"); then
        count "preparation ($1)" 0 1 0
        return 1
    fi
}

# run_dotnet_tests PROJECT [RUNNER OPTION…]  one xunit.v3 executable; what it says is shown only if something failed.
run_dotnet_tests() {
    local project=$1 executable=$root/tests/$1/bin/$configuration/net10.0/$1
    local report=$reports/$area/$1.json log=$reports/$area/$1.log passed failed skipped status=0
    shift
    "$executable" -noColor -noLogo "$@" -result-ctrf "$report" >"$log" 2>&1 </dev/null || status=$?
    if ! read -r passed failed skipped < <(node "$root/scripts/counts.mjs" ctrf "$report" 2>>"$log"); then passed=0 failed=0 skipped=0; fi
    # A runner that died, or failed without naming a test, is a failure of its own.
    if ((status != 0 && failed == 0)); then failed=1; fi
    if ((failed)); then
        printf '  --- %s ended with %d:\n' "$project" "$status"
        grep -vE '^ *(Discovering|Discovered|Starting|Finished):' "$log" || true
    fi
    count "$project" "$passed" "$failed" "$skipped"
}

# run_web_tests NAME SCRIPT  an npm script of web/, counted by its closing lines.
run_web_tests() {
    local name=$1 script=$2 log=$reports/$area/${2//:/-}.log passed failed skipped status=0
    prepare need_node_modules web || return 0
    NO_COLOR=1 npm --prefix "$root/web" run "$script" >"$log" 2>&1 </dev/null || status=$?
    if ! read -r passed failed skipped < <(node "$root/scripts/counts.mjs" text "$log" 2>>"$log"); then passed=0 failed=0 skipped=0; fi
    if ((status != 0 && failed == 0)); then failed=1; fi
    if ((failed)); then
        printf '  --- npm run %s in web/ ended with %d:\n' "$script" "$status"
        tail -n 120 "$log"
    fi
    count "$name" "$passed" "$failed" "$skipped"
}

run_unit() {
    local project
    begin_area unit
    for project in "$root"/tests/*.Tests; do
        project=${project##*/}
        [[ $project == Clew.EndToEnd.Tests ]] || run_dotnet_tests "$project" -trait- area=storage
    done
    run_web_tests "web" test
    end_area
}

run_binary() {
    begin_area binary
    if prepare need_packages prometheus strace curl iproute2; then
        run_dotnet_tests Clew.EndToEnd.Tests -trait- area=clients -trait- area=storage
    fi
    end_area
}

run_clients() {
    begin_area clients
    if prepare need_node_modules tests/clients/node && prepare "$root/scripts/python-otel.sh"; then
        run_dotnet_tests Clew.EndToEnd.Tests -trait area=clients
    fi
    end_area
}

run_storage() {
    begin_area storage
    if prepare "$root/scripts/rgw.sh" unpack && prepare need_node_modules tests/services; then
        run_dotnet_tests Clew.Buckets.Tests -trait area=storage
        run_dotnet_tests Clew.Interchange.Tests -trait area=storage
        run_dotnet_tests Clew.EndToEnd.Tests -trait area=storage
    fi
    end_area
}

run_browser() {
    begin_area browser
    if prepare need_packages chromium fonts-noto-cjk; then
        CLEW_PROGRAM=$program run_web_tests "web in Chromium" test:browser
    fi
    end_area
}
