ARG VERSION=latest
FROM busybox:${VERSOIN:-latest} AS a
FROM busybox:${FOO_BAR:-latest}
