#!/usr/bin/env bash
# Kills the whole program a hundred times (or $1) with `kill -9` under load, every fourth time on a full disk (root only), sends one request in
# twenty again, and checks after each kill that no acknowledged span is missing and none is counted twice. CLEW_SEED chooses the moments.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
source "$root/scripts/areas.sh"
build_tests
CLEW_KILL_ROUNDS=${1:-100} exec "$root/tests/Clew.EndToEnd.Tests/bin/$configuration/net10.0/Clew.EndToEnd.Tests" \
    -noColor -noLogo -showLiveOutput -class '*CrashUnderLoadTests'
