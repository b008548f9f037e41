# Sourced by the scripts of this project: finds a JDK, installs what is missing from Debian packages.
# shellcheck shell=bash

say() { printf '%s\n' "$*" >&2; }

# Sets JAVA_HOME to a JDK of at least version 25, or fails saying how to get one.
find_jdk() {
  local home release
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/* /opt/jdk* /opt/java/*; do
    [[ -n $home && -x $home/bin/javac && -r $home/release ]] || continue
    release=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
    if [[ -n $release && $release -ge 25 ]]; then
      export JAVA_HOME=$home
      return 0
    fi
  done
  return 1
}

need_jdk() {
  find_jdk && return 0
  if [[ $EUID -eq 0 ]] && command -v apt-get >/dev/null; then
    local package
    for package in openjdk-25-jdk-headless temurin-25-jdk; do
      say "no JDK 25 here; trying the Debian package $package"
      if install_packages "$package" 2>/dev/null; then
        find_jdk && return 0
      fi
    done
  fi
  say "Graft needs a JDK of version 25 or later and found none in \$JAVA_HOME or /usr/lib/jvm."
  say "Install one (Debian 13: apt install openjdk-25-jdk-headless from backports, or Eclipse"
  say "Temurin 25 from https://adoptium.net) and run this again, or set JAVA_HOME."
  return 1
}

apt_updated=
# Installs Debian packages; quiet when all goes well.
install_packages() {
  local log
  log=$(mktemp)
  if [[ -z $apt_updated ]]; then
    apt-get update -q >"$log" 2>&1 || true
    apt_updated=yes
  fi
  if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >>"$log" 2>&1; then
    say "apt-get could not install: $*"
    tail -5 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

# Makes sure that each command, or shared library, is there: need_commands COMMAND=PACKAGE...
need_commands() {
  local pair missing=()
  for pair in "$@"; do
    if [[ ${pair%%=*} == *.so.* ]]; then
      /sbin/ldconfig -p | grep -qF "${pair%%=*}" || missing+=("${pair#*=}")
    else
      command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
    fi
  done
  [[ ${#missing[@]} -eq 0 ]] && return 0
  if [[ $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    say "missing: ${missing[*]} (as root on Debian this script installs them itself)"
    return 1
  fi
  say "installing from Debian packages: ${missing[*]}"
  install_packages "${missing[@]}"
}

# What the engine itself needs at run time.
ENGINE_COMMANDS=(runc=runc conmon=conmon nft=nftables iptables=iptables libdeflate.so.0=libdeflate0)

# And what it needs besides to run as a normal user.
# shellcheck disable=SC2034 # of those who source this
ROOTLESS_COMMANDS=(newuidmap=uidmap pasta=passt)

# Where files from newer Debian releases are kept from run to run.
NEWER=${XDG_CACHE_HOME:-$HOME/.cache}/graft-tests

# Takes one file out of a Debian package of a newer suite than this machine's, for programs that need
# nothing but libc: from_newer_debian PACKAGE PATH-IN-PACKAGE NAME SUITE..., the first suite whose file
# runs here. It ends up as $NEWER/NAME. The package comes from the mirror that this machine's apt has,
# by an apt configuration of its own, so that apt checks the signatures and installs nothing.
from_newer_debian() {
  local package=$1 path=$2 name=$3 mirror keyring suite work deb
  shift 3
  [[ -x $NEWER/$name ]] && "$NEWER/$name" version >/dev/null 2>&1 && return 0
  mirror=$(apt-get indextargets --format '$(SITE)|$(ORIGIN)|$(LABEL)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/|Debian|Debian$//p' | head -1)
  for keyring in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
    [[ -r $keyring ]] && break
  done
  if [[ -z $mirror || ! -r $keyring ]]; then
    say "no Debian mirror or no keyring on this machine: cannot get $package"
    return 1
  fi
  for suite in "$@"; do
    say "getting $package from Debian $suite (once)"
    work=$(mktemp -d)
    mkdir -p "$work"/{lists,archives}/partial "$work/files"
    # apt downloads as a user of its own.
    chown -R _apt "$work" 2>/dev/null || true
    chmod 755 "$work"
    echo "deb [signed-by=$keyring] $mirror $suite main" >"$work/sources.list"
    local options=(-q -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
      -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work" -o Acquire::Languages=none)
    if (cd "$work/archives" && apt-get "${options[@]}" update &&
      apt-get "${options[@]}" download "$package") >"$work/log" 2>&1; then
      deb=$(ls "$work"/archives/"$package"_*.deb)
      if dpkg-deb -x "$deb" "$work/files" && "$work/files/$path" version >/dev/null 2>>"$work/log"; then
        mkdir -p "$NEWER"
        cp "$work/files/$path" "$NEWER/$name.new" && mv "$NEWER/$name.new" "$NEWER/$name"
        rm -rf "$work"
        return 0
      fi
    fi
    tail -3 "$work/log" >&2
    rm -rf "$work"
  done
  say "no Debian suite of: $* has a $package that runs here"
  return 1
}

has_plugin() {
  local directory
  for directory in ~/.docker /usr/{local/,}lib{exec,}/docker; do
    [[ -x $directory/cli-plugins/$1 ]] && return 0
  done
  return 1
}

# Docker Compose 2, in the place of a plug-in; this machine's own release may only have version 1.
need_compose() {
  has_plugin docker-compose ||
    from_newer_debian docker-compose usr/libexec/docker/cli-plugins/docker-compose docker-compose sid trixie
}

# BuildKit's client, by which docker build and docker compose build work; older releases have none.
need_buildx() {
  has_plugin docker-buildx ||
    from_newer_debian docker-buildx usr/libexec/docker/cli-plugins/docker-buildx docker-buildx sid trixie
}
