# V the version of the base
ARG V=1 W
ARG V=${V}2
# base is what all stand on
# and more
FROM --platform=$BUILDPLATFORM debian:${V}@sha256:0123456789012345678901234567890123456789012345678901234567890123 AS base
from base
FROM scratch as Other.Name_1-x
FROM localhost:5000/a/b:c
FROM ${X:-busybox}
# lonely
#
FROM busybox AS lonely
