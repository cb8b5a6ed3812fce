#!/usr/bin/env bash
# Hostile input for a long time: `scripts/fuzz.sh [MINUTES] [WHAT…]`, default 10 minutes for each of
#   receivers   damaged requests of every protocol (OTLP, Jaeger, Zipkin; gRPC, HTTP, UDP, compressed) over real sockets
#   otlp        damaged protobuf and JSON against the scanner and the decoders
#   parquet     damaged block files
#   traceql     random tokens, mutated queries of the corpus and random trees against the parser, the printer and the editor's analysis
#   engine      random queries over random traces: columns against the plain evaluator
# What fails prints its seed; CsCheck_Seed=SEED runs that one of otlp, parquet and traceql again. A run that hangs is ended after the minutes and fails.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
minutes=${1:-10}
shift || true
areas=("$@")
((${#areas[@]})) || areas=(receivers otlp parquet traceql engine)

# again PROJECT ARGS…  runs tests of a project over and over until the minutes are up.
again() {
    local project=$1 end=$((SECONDS + minutes * 60)) runs=0
    shift
    step "fuzz-build-$project" "Building $project ($configuration)" dotnet_build "$root/tests/$project"
    while ((SECONDS < end)); do
        timeout $((minutes * 60 + 300)) "$root/tests/$project/bin/$configuration/net10.0/$project" -noLogo "$@" >"$reports_fuzz/$project.log" 2>&1 || { cat "$reports_fuzz/$project.log"; exit 1; }
        runs=$((runs + 1))
    done
    printf '%s: %d runs in %d minutes, nothing found\n' "$project" "$runs" "$minutes"
}

reports_fuzz=$(mktemp -d)
trap 'rm -rf "$reports_fuzz"' EXIT
for area in "${areas[@]}"; do
    case $area in
    receivers) CLEW_FUZZ_ROUNDS=100 again Clew.Receivers.Tests -class '*FuzzTests' ;;
    otlp) CsCheck_Time=30 again Clew.Otlp.Tests -method '*Damaged*' -method '*Random_bytes*' -method '*Bytes_cut_or_changed*' ;;
    parquet) CLEW_FUZZ_ROUNDS=5 again Clew.Parquet.Tests -class '*FuzzTests' ;;
    traceql) CsCheck_Time=30 again Clew.TraceQL.Tests -class '*HostileTextTests' -class '*RoundTripTests' ;;
    engine) CsCheck_Time=30 again Clew.Query.Tests -class '*EngineEqualsReferenceTests' ;;
    *) fail "there is nothing to fuzz called '$area'; there are: receivers, otlp, parquet, traceql, engine" ;;
    esac
done
