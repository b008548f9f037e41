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
