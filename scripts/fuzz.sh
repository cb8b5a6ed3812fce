#!/usr/bin/env bash
# Hostile Parquet files for a long time: `scripts/fuzz.sh [ROUNDS]`, default 100. A round is what the unit tests do (about 10 s on one core).
# What fails prints its seed; CsCheck_Seed=SEED runs that one again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export CLEW_FUZZ_ROUNDS=${1:-100}
step fuzz-build "Building the Parquet tests ($configuration)" dotnet_build "$root/tests/Clew.Parquet.Tests"
exec "$root/tests/Clew.Parquet.Tests/bin/$configuration/net10.0/Clew.Parquet.Tests" -noLogo -class '*FuzzTests'
