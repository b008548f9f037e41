FROM debian:1
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
ENV DEBIAN_FRONTEND=noninteractive LANG=C.UTF-8
# the shape of an apt layer, without a mirror
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt,sharing=locked \
    set -eux; \
    dpkg-query -W -f '${Package}\n' | sort > /packages.txt; \
    test -s /packages.txt; \
    rm -f /packages.txt
