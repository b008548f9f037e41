FROM busybox AS build
FROM Build
