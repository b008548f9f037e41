#!/usr/bin/env bash
# The tree as the product: a tree of images on an outdated base, whose vulnerabilities are shown at the
# image that brought them in, fixed there, inherited by every dependent, and taken back. All images
# are of real Debian packages, of which the mirror serves an older and a newer version side by side;
# what they fix is read from their own changelogs. Beyond that mirror nothing is asked for anything.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/env.sh
graft=$PWD/graft
bold= plain=
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi
step() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }
show() {
  printf '  $ graft %s\n' "$*"
  "$graft" "$@" 2>&1 | sed 's/^/  /'
}
# The same, of much output the first lines.
show_some() {
  local lines=$1 out
  shift
  printf '  $ graft %s\n' "$*"
  out=$("$graft" "$@" 2>&1) || { printf '%s\n' "$out" >&2; return 1; }
  printf '%s\n' "$out" | sed -n "1,${lines}s/^/  /p"
  [[ $(wc -l <<<"$out") -le $lines ]] || printf '  ...\n'
}

if [[ $EUID -ne 0 ]]; then
  say "the demo needs root: it mounts file systems and starts containers"
  exit 1
fi
need_jdk
need_commands "${ENGINE_COMMANDS[@]}" perl=perl-base

SUITE=bookworm
# What the base has, and which of it is old there: these packages have two versions on the mirror.
BASE=(base-files base-passwd dash dpkg tar coreutils diffutils sed grep libc-bin perl-base libssl3)
AGED=(perl-base libssl3 liblzma5 libpcre2-8-0)
# What dependents install; expat is old as well.
EXTRA=(libexpat1 jq)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
began=$SECONDS

# ---- packages

# apt with a configuration of its own, for a machine that has nothing installed: it checks signatures,
# says which packages are needed, downloads them, and leaves this machine's packages alone.
mirrors() {
  local mirror security keyring
  mirror=$(apt-get indextargets --format '$(SITE)|$(LABEL)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/|Debian$//p' | head -1)
  security=$(apt-get indextargets --format '$(SITE)|$(LABEL)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's/|Debian-Security$//p' | head -1)
  for keyring in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
    [[ -r $keyring ]] && break
  done
  if [[ -z $mirror || ! -r $keyring ]]; then
    say "no Debian mirror or no keyring on this machine"
    return 1
  fi
  : "${security:=${mirror%/debian}/debian-security}"
  mkdir -p "$work"/apt/{lists,archives}/partial
  : >"$work/apt/status"
  printf "deb [signed-by=$keyring] %s main\n" \
    "$mirror $SUITE" "$mirror $SUITE-updates" "$security $SUITE-security" >"$work/apt/sources.list"
  apt_options=(-q -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::State::Lists="$work/apt/lists" -o Dir::State::status="$work/apt/status"
    -o Dir::Cache="$work/apt" -o Acquire::Languages=none -o APT::Sandbox::User=root
    -o APT::Architecture="$(dpkg --print-architecture)")
  apt-get "${apt_options[@]}" update >"$work/log" 2>&1 || { tail -3 "$work/log" >&2; return 1; }
}

# download DIRECTORY PACKAGE[=VERSION]...: these very packages
download() {
  mkdir -p "$1"
  (cd "$1" && apt-get "${apt_options[@]}" download "${@:2}") >"$work/log" 2>&1 ||
    { tail -3 "$work/log" >&2; return 1; }
}

# The names of what apt would install for these packages.
closure() {
  apt-get "${apt_options[@]}" install -s --no-install-recommends "$@" | sed -n 's/^Inst \([^ ]*\) .*/\1/p'
}

oldest() {
  apt-cache "${apt_options[@]}" madison "$1" | awk -F'|' '{gsub(/ /, ""); print $2}' | sort -u |
    while read -r version; do
      if [[ -z ${least:-} ]] || dpkg --compare-versions "$version" lt "$least"; then least=$version; fi
      echo "$least"
    done | tail -1
}

step "1. Packages of Debian $SUITE: of some the mirror has an older and a newer version."
mirrors
mapfile -t base_names < <(closure "${BASE[@]}")
mapfile -t extra_names < <(closure "${EXTRA[@]}" | grep -vxF "$(printf '%s\n' "${base_names[@]}")")
download "$work/new" "${base_names[@]}"
download "$work/extra" "${extra_names[@]}"
aged=()
for name in "${AGED[@]}"; do
  aged+=("$name=$(oldest "$name")")
done
cp -r "$work/new" "$work/old"
for one in "${aged[@]}"; do
  rm -f "$work/old/${one%%=*}"_*.deb
done
download "$work/old" "${aged[@]}"
mkdir "$work/current"
mv "$work"/extra/libexpat1_*.deb "$work/current/"
download "$work/extra" "libexpat1=$(oldest libexpat1)"
for name in "${AGED[@]}" libexpat1; do
  versions=$(cat <(cd "$work" && ls old new extra current) | sed -n "s/^${name}_\(.*\)_.*/\1/p" | sort -u)
  printf '  %-13s %s\n' "$name" "$(tr '\n' ' ' <<<"$versions" | sed 's/%3a/:/g')"
done

# ---- the base: packages unpacked into a root, with a database that says so

root_of() { # DIRECTORY ROOT
  local deb root=$2 name file
  mkdir -p "$root"/usr/{bin,sbin,lib,lib64} "$root"/var/lib/dpkg/{info,updates,triggers} "$root"/{tmp,proc,sys,dev}
  chmod 1777 "$root/tmp"
  ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root/"
  printf '1\n' >"$root/var/lib/dpkg/info/format"
  for deb in "$1"/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" >"$work/files.tar"
    tar -C "$root" --keep-directory-symlink --exclude './usr/share/doc/*' --exclude './usr/share/man/*' \
      --exclude './usr/share/locale/*' --exclude './usr/share/info/*' -xpf "$work/files.tar"
    rm -rf "$work/control"
    dpkg-deb -e "$deb" "$work/control"
    name=$(dpkg-deb -f "$deb" Package)
    sed '/^Package:/a Status: install ok installed' "$work/control/control" >>"$root/var/lib/dpkg/status"
    echo >>"$root/var/lib/dpkg/status"
    grep -q '^Multi-Arch: same' "$work/control/control" && name=$name:$(dpkg-deb -f "$deb" Architecture)
    # Nothing was configured here, so nobody waits for triggers either.
    rm -f "$work"/control/{control,triggers}
    for file in "$work"/control/*; do
      [[ ! -f $file ]] || cp -p "$file" "$root/var/lib/dpkg/info/$name.${file##*/}"
    done
    tar -tf "$work/files.tar" | sed 's/^\.//; s:/$::; s:^$:/.:' >"$root/var/lib/dpkg/info/$name.list"
  done
  # As dpkg itself writes it: each time it writes all of it, and what it would write otherwise would
  # look like a change.
  echo 'dash install' | dpkg --root="$root" --set-selections
  rm -f "$root"/var/lib/dpkg/*-old
  cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
  cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
  [[ -e $root/usr/bin/sh ]] || ln -s dash "$root/usr/bin/sh"
  [[ -e $root/usr/bin/awk ]] || ln -s mawk "$root/usr/bin/awk"
}

import() { # DIRECTORY NAME
  root_of "$1" "$work/root"
  tar -C "$work/root" --numeric-owner --sort=name -cf "$work/root.tar" .
  show import -c 'CMD ["sh"]' -c 'ENV PATH=/usr/local/bin:/usr/sbin:/usr/bin' -m 'Debian packages' "$work/root.tar" "$2"
  rm -rf "$work/root" "$work/root.tar"
}

# What an earlier run left.
"$graft" images --format '{{.Repository}}:{{.Tag}}' | { grep '^demo-tree/' || true; } |
  xargs -r "$graft" rmi -f >/dev/null

step "2. An outdated base: a small Debian, unpacked from the older versions."
import "$work/old" demo-tree/debian:12

step "3. Nine images derive from it, some of each other."
context=$work/context
mkdir -p "$context/expat" "$context/jq"
cp "$work"/extra/libexpat1_*.deb "$context/expat/"
cp "$work"/extra/{jq,libjq1,libonig5}_*.deb "$context/jq/"
for app in cart pay mail report batch; do
  printf '#!/bin/sh\necho "%s: $(perl -e "print \\$]"), $(tar --version | head -n 1)"\n' "$app" >"$context/$app"
  chmod 755 "$context/$app"
done
build() { # NAME, the Dockerfile on stdin
  cat >"$context/Dockerfile"
  sed -e "1s,^,  $1: ," -e '2,$s/^/      /' "$context/Dockerfile"
  "$graft" build -q -t "$1" "$context" >/dev/null
}
debs() { echo "RUN --mount=type=bind,source=$1,target=/debs dpkg -i /debs/*.deb"; }
build demo-tree/corp:1 <<'D'
FROM demo-tree/debian:12
ENV COMPANY=example
COPY Dockerfile /usr/share/corp/how
D
build demo-tree/xml:1 < <(echo "FROM demo-tree/corp:1" && debs expat)
build demo-tree/cart:1 <<'D'
FROM demo-tree/xml:1
COPY cart /usr/local/bin/
CMD ["cart"]
D
build demo-tree/pay:1 <<'D'
FROM demo-tree/xml:1
COPY pay /usr/local/bin/
RUN mkdir -p /var/lib/pay && echo 1 >/var/lib/pay/version
CMD ["pay"]
D
build demo-tree/mail:1 < <(echo "FROM demo-tree/xml:1" && debs jq && printf 'COPY mail /usr/local/bin/\nCMD ["mail"]\n')
build demo-tree/tools:1 < <(echo "FROM demo-tree/corp:1" && debs jq)
build demo-tree/report:1 <<'D'
FROM demo-tree/tools:1
COPY report /usr/local/bin/
ENV FORMAT=table
CMD ["report"]
D
build demo-tree/batch:1 <<'D'
FROM demo-tree/corp:1
COPY batch /usr/local/bin/
RUN tar -cf /var/batch.tar /usr/share/corp
CMD ["batch"]
D
build demo-tree/legacy:1 <<'D'
FROM demo-tree/corp:1
RUN echo "# patched by hand" >>/usr/bin/perl
D

step "4. Advisories, read from the changelogs in the packages; and the tree with what they say."
scripts/changelog-advisories "$work"/new/*.deb "$work"/current/*.deb "$work"/extra/*.deb >"$work/demo-tree.jsonl"
show db import --source demo-tree "$work/demo-tree.jsonl"
show tree --cve demo-tree/debian:12
some=$("$graft" scan --format graft demo-tree/pay:1 | tr ',{' '\n\n' | sed -n 's/.*"id": *"\(CVE-[0-9-]*\)".*/\1/p' | sort | tail -1)

step "5. Where does one of those that a shop has come from? And what must a team answer for itself?"
show why demo-tree/pay:1 "$some"
show scan --only-own demo-tree/pay:1

step "6. A base of the newer versions; and what it would mean for all that stand on the old one."
import "$work/new" demo-tree/debian:next
show fix demo-tree/debian:12 --onto demo-tree/debian:next --dry-run

step "7. Fix the base; every dependent inherits it. All names move at once."
at=$SECONDS
show fix demo-tree/debian:12 --onto demo-tree/debian:next
printf '  (%s seconds)\n' $((SECONDS - at))
show tree --cve demo-tree/debian:next
show scan demo-tree/tools:1
show run --rm --network none demo-tree/pay:1

step "8. Second thoughts: the way back, for all names at once."
show rollback
show tree --cve demo-tree/debian:12

step "That was it, in $((SECONDS - began)) seconds. The images stay; look at them with: graft ui
What goes away: graft rmi -f \$(graft images -q 'demo-tree/*'); graft db rm demo-tree"
