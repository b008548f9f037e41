FROM --platform=$TARGETPLATFORM busybox AS a
FROM --platform=${TARGETPLATFORM} busybox AS b
FROM --platform=${TARGETPLATFORM:-linux/amd64} busybox AS c
