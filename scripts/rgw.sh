#!/usr/bin/env bash
# A real Ceph RADOS Gateway for the tests: unpacked from this Debian release beside the system, never installed.
#   rgw.sh unpack              fetches and unpacks it into .tools/ceph, unless it is there
#   rgw.sh run FOLDER PORT     one monitor, one OSD and one gateway with their state in FOLDER; prints 'ready' when S3 answers on
#                              127.0.0.1:PORT, then runs until standard input ends or a signal comes, and stops all three
# With CLEW_RGW_STORE=bluestore objects outlive a restart on the same FOLDER; the default keeps them in memory.
# Access key 'clew', secret key 'clew-secret'. The second user 'other'/'other-secret' may not touch the first one's buckets.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

packages=(radosgw ceph-mon ceph-osd ceph-common)
target=$tools/ceph
prefix=$target/root

works() { [[ -x $target/env && -f $target/complete ]] && "$target/env" radosgw --version >/dev/null 2>&1; }

# Everything is started through the unpacked C library's own loader, so that the system's libraries do not matter.
write_env() {
    local loader libraries folders python
    loader=$(find "$prefix"/{usr/,}lib* -name 'ld-linux-*.so.*' 2>/dev/null | head -n 1)
    libraries=$(dirname "$(find "$prefix"/{usr/,}lib -name libc.so.6 2>/dev/null | head -n 1)")
    [[ $loader && $libraries ]] || fail "the unpacked packages lack a loader or a C library: '$loader', '$libraries'"
    folders=$libraries:$prefix/usr/lib/${libraries##*/}:$prefix/usr/lib/${libraries##*/}/ceph:$prefix/usr/lib
    python=$(find "$prefix/usr/bin" -name 'python3.[0-9]*' | head -n 1)
    {
        printf '#!/bin/sh\n# env COMMAND ARGUMENT…: one of the unpacked programs\n'
        printf 'command=$1; shift\n'
        printf 'case $command in\n'
        printf 'ceph) exec env PYTHONHOME=%q PYTHONPATH=%q %q --library-path %q %q %q "$@" ;;\n' \
            "$prefix/usr" "$prefix/usr/lib/python3/dist-packages" "$loader" "$folders" "$python" "$prefix/usr/bin/ceph"
        printf '*) exec %q --library-path %q %q/"$command" "$@" ;;\n' "$loader" "$folders" "$prefix/usr/bin"
        printf 'esac\n'
    } >"$target/env"
    chmod +x "$target/env"
    printf '%s' "${libraries##*/}" >"$target/triplet"
}

unpack() {
    unpack_packages "$target" "$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")" "${packages[@]}"
    write_env
    : >"$target/complete"
}

need_ceph() {
    (
        flock 9
        if works; then exit 0; fi
        step ceph "Unpacking Ceph from this Debian release into .tools" unpack
        works || { "$target/env" radosgw --version; fail "Ceph was unpacked, but radosgw does not start"; }
    ) 9>"$tools/ceph.lock"
}

free_port() {
    local port
    while :; do
        port=$((RANDOM % 14000 + 18000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { printf '%d' "$port"; return; }
    done
}

write_conf() {
    local store=${CLEW_RGW_STORE:-memstore} triplet
    triplet=$(<"$target/triplet")
    cat >"$folder/ceph.conf" <<CONF
[global]
fsid = $(</proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$(free_port),v1:127.0.0.1:$(free_port)]
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms mon cluster mode = crc
ms mon service mode = crc
run dir = $folder/run
admin socket = $folder/run/\$name.\$pid.asok
log file = $folder/\$name.log
log to stderr = false
err to stderr = true
crash dir = $folder/crash
plugin dir = $prefix/usr/lib/$triplet/ceph
erasure code dir = $prefix/usr/lib/$triplet/ceph/erasure-code
osd class dir = $prefix/usr/lib/$triplet/rados-classes
osd class load list = *
osd class default list = *
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
mon allow pool size one = true
mon warn on pool no redundancy = false
mon max pg per osd = 2000
mon data avail crit = 0
osd objectstore = $store
memstore device bytes = 2147483648
bluestore block size = 4294967296
osd memory target = 939524096
[mon]
mon data = $folder/mon
[osd]
osd data = $folder/osd
osd max object name len = 1024
[client]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw thread pool size = 64
rgw cache enabled = true
rgw run sync thread = false
CONF
}

ceph() { "$target/env" ceph -c "$folder/ceph.conf" --connect-timeout 30 "$@"; }

children=()
stop() {
    trap - EXIT INT TERM
    local child
    # The gateway first: it would complain about the others.
    for child in "${children[@]}"; do kill -TERM "$child" 2>/dev/null || true; done
    for child in "${children[@]}"; do
        for _ in {1..50}; do kill -0 "$child" 2>/dev/null || break; sleep 0.1; done
        kill -KILL "$child" 2>/dev/null || true
    done
    wait 2>/dev/null || true
}

spawn() {
    "$target/env" "$@" -c "$folder/ceph.conf" -f >>"$folder/output.log" 2>&1 </dev/null &
    children=("$!" "${children[@]}")
}

run() {
    folder=$1 port=$2
    local fresh=1
    [[ -f $folder/ceph.conf ]] && fresh=0
    mkdir -p "$folder"/{run,crash,mon,osd}
    folder=$(cd "$folder" && pwd)
    trap stop EXIT
    trap 'exit 1' INT TERM
    if ((fresh)); then
        write_conf
        local fsid addresses
        fsid=$(sed -n 's/^fsid = //p' "$folder/ceph.conf")
        addresses=$(sed -n 's/^mon host = //p' "$folder/ceph.conf")
        "$target/env" monmaptool --create --clobber --fsid "$fsid" --addv a "$addresses" "$folder/monmap" >>"$folder/output.log" 2>&1
        "$target/env" ceph-mon -c "$folder/ceph.conf" --mkfs -i a --monmap "$folder/monmap" >>"$folder/output.log" 2>&1
    else
        sed -i "s/^rgw frontends = .*/rgw frontends = beast endpoint=127.0.0.1:$port/" "$folder/ceph.conf"
    fi
    spawn ceph-mon -i a
    if ((fresh)); then
        local uuid
        uuid=$(</proc/sys/kernel/random/uuid)
        ceph osd new "$uuid" >>"$folder/output.log" 2>&1
        "$target/env" ceph-osd -c "$folder/ceph.conf" -i 0 --mkfs --osd-uuid "$uuid" >>"$folder/output.log" 2>&1
    fi
    spawn ceph-osd -i 0
    if ((fresh)); then
        local user
        for user in clew other; do
            "$target/env" radosgw-admin -c "$folder/ceph.conf" user create --uid="$user" --display-name="$user" \
                --access-key="$user" --secret-key="$user-secret" --max-buckets=0 >>"$folder/output.log" 2>&1
        done
    fi
    spawn radosgw -n client.rgw
    for _ in {1..600}; do
        if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
        kill -0 "${children[0]}" 2>/dev/null || { tail -n 20 "$folder/output.log" >&2; fail "radosgw ended instead of listening"; }
        sleep 0.1
    done
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { tail -n 20 "$folder/output.log" >&2; fail "radosgw does not listen on port $port after 60 s"; }
    printf 'ready\n'
    # Until whoever started this closes our input, or goes away.
    while read -r _; do :; done
}

case ${1:-} in
unpack) need_ceph ;;
run)
    [[ $# == 3 ]] || fail "usage: rgw.sh run FOLDER PORT"
    need_ceph
    run "$2" "$3"
    ;;
*) fail "usage: rgw.sh unpack | rgw.sh run FOLDER PORT" ;;
esac
