# Shared by ./run, ./clew and ./test: where things are, how they are built, and when they need not be.
# Sourced, not run. The caller has set `set -euo pipefail`.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
configuration=${CLEW_CONFIGURATION:-Release}
program=$root/src/Clew.Server/bin/$configuration/net10.0/clew
tools=$root/.tools
mkdir -p "$tools/log"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
# A build node that outlives the build would hold our output open, and whoever waits for its end.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
# Browsers come from the distribution, never from a package's install script.
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 PUPPETEER_SKIP_DOWNLOAD=1

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# step NAME TEXT COMMAND…  says TEXT, runs COMMAND with its output in .tools/log/NAME.log, and shows the log only if it fails.
step() {
    local log=$tools/log/$1.log text=$2 started=$SECONDS
    shift 2
    printf '%s …\n' "$text" >&2
    # 9 is the build lock: a compiler server that stays behind must not hold it.
    if ! "$@" >"$log" 2>&1 </dev/null 9>&-; then
        tail -n 40 "$log" >&2
        fail "this failed after $((SECONDS - started)) s: $text (everything it said: $log)"
    fi
    if ((SECONDS - started >= 5)); then printf '  done in %d s\n' $((SECONDS - started)) >&2; fi
}

as_root() {
    if [[ $(id -u) == 0 ]]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -n "$@" || fail "need root for: $* (run it yourself, then try again)"
    else
        fail "need root, and there is no sudo, for: $*"
    fi
}

apt_install() {
    as_root apt-get update -q
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends "$@"
}

# debian_mirror  where this machine's own apt takes this Debian release from; apt tells only what it has lists of.
debian_mirror() {
    local codename mirror
    codename=$(. /etc/os-release && printf '%s' "$VERSION_CODENAME")
    for _ in 1 2; do
        mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
            awk -v release="$codename" '$1 == release { print $2; exit }')
        if [[ $mirror ]]; then
            printf '%s' "$mirror"
            return
        fi
        as_root apt-get update -q >&2
    done
    fail "apt's sources name no mirror for the Debian release '$codename'"
}

# unpack_packages FOLDER RELEASE PACKAGE…  unpacks packages of a Debian release, with all they depend on (C library included), into
# FOLDER/root, beside the system. Nothing is installed: apt gets lists, state and cache of its own, and takes from the system only
# where its mirror is.
unpack_packages() {
    local folder=$1 release=$2 mirror package keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    shift 2
    mirror=$(debian_mirror)
    [[ -f $keyring ]] || fail "$keyring is missing (package debian-archive-keyring), so the packages of $release could not be verified"

    rm -rf "$folder"
    mkdir -p "$folder"/{sources,preferences,state/lists/partial,cache/archives/partial,root}
    : >"$folder/state/status"
    printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$mirror" "$release" >"$folder/sources/this.list"
    local apt=(
        apt-get -q
        -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$folder/sources" -o Dir::Etc::preferencesparts="$folder/preferences"
        -o Dir::State="$folder/state" -o Dir::State::lists="$folder/state/lists" -o Dir::State::status="$folder/state/status"
        -o Dir::Cache="$folder/cache" -o Dir::Log="$folder"
        # The folder may be one that apt's own user cannot enter.
        -o APT::Sandbox::User=root -o Acquire::Languages=none -o Acquire::Retries=3
        -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false
    )
    "${apt[@]}" update
    # With an empty status file nothing counts as installed, so the download is complete in itself.
    "${apt[@]}" install --download-only -y --no-install-recommends "$@"
    for package in "$folder"/cache/archives/*.deb; do dpkg -x "$package" "$folder/root"; done
    rm -rf "$folder"/{sources,preferences,state,cache}
}

# need_packages PACKAGE…  installs the Debian packages among them that are missing.
need_packages() {
    local missing=() package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    if ((${#missing[@]})); then step apt "Installing ${missing[*]} (apt-get)" apt_install "${missing[@]}"; fi
}

need_dotnet() {
    command -v dotnet >/dev/null || fail "the .NET SDK 10 is not here (no 'dotnet' on PATH); install dotnet-sdk-10.0 and try again"
    (cd "$root" && dotnet --version >/dev/null 2>&1) || fail "'dotnet' is here but no SDK that global.json accepts; install dotnet-sdk-10.0"
}

need_node() {
    command -v npm >/dev/null || fail "Node.js 20 is not here (no 'npm' on PATH); install it and try again"
    local major
    major=$(node -p 'process.versions.node.split(".")[0]')
    ((major >= 20)) || fail "Node.js $major is too old for the web build; install Node.js 20 or newer"
}

# hash_of PATH…  one hash over names and contents of the files below the paths, leaving out what builds write.
hash_of() {
    (
        cd "$root"
        local paths=() path
        for path in "$@"; do if [[ -e $path ]]; then paths+=("$path"); fi; done
        # Without a path, find would take the current folder.
        ((${#paths[@]})) || { printf 'absent\n' && exit; }
        find "${paths[@]}" \( -name bin -o -name obj -o -name node_modules -o -name dist -o -name .vite \
            -o -name test-results -o -name __pycache__ \) -prune -o -type f -print0 |
            LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d ' ' -f 1
    )
}

is_stamped() { [[ -f $1 && $(<"$1") == "$2" ]]; }

# need_node_modules FOLDER  `npm ci` there, unless the same lock file was installed before.
need_node_modules() {
    local folder=$root/$1 stamp=$root/$1/node_modules/.clew-stamp hash
    hash=$(hash_of "$1/package.json" "$1/package-lock.json")
    if is_stamped "$stamp" "$hash"; then return; fi
    need_node
    step "npm-${1//\//-}" "Installing the npm packages of $1" npm --prefix "$folder" ci --no-audit --no-fund
    printf '%s' "$hash" >"$stamp"
}

# The stamps of what was built, each the hash of what it was built from.
stamps=$tools/stamps
mkdir -p "$stamps"
program_stamp=$stamps/program-$configuration

web_hash() { hash_of web; }

program_hash() { printf '%s-%s' "$(hash_of src Directory.Build.props Directory.Packages.props global.json .editorconfig)" "$(web_hash)"; }

# build_web  web/dist from web/, unless it was built from the same sources.
build_web() {
    local hash
    hash=$(web_hash)
    if is_stamped "$stamps/web" "$hash" && [[ -f $root/web/dist/index.html ]]; then return; fi
    need_node_modules web
    step web "Building the web UI" npm --prefix "$root/web" run build
    printf '%s' "$hash" >"$stamps/web"
}

dotnet_build() {
    need_dotnet
    dotnet build "$1" -c "$configuration" -v q
}

# build_program  the server with the UI beside it, unless both are unchanged since the last build.
build_program() {
    (
        flock 9
        build_web
        hash=$(program_hash)
        if is_stamped "$program_stamp" "$hash" && [[ -x $program ]]; then exit 0; fi
        rm -f "$program_stamp"
        step server "Building the server" dotnet_build "$root/src/Clew.Server"
        printf '%s' "$hash" >"$program_stamp"
    ) 9>"$tools/build.lock"
}
