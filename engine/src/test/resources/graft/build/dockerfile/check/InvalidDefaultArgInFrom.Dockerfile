ARG TAG
ARG IMAGE=busybox
FROM busybox:${TAG:+x} AS a
FROM ${IMAGE}:${TAG} AS b
