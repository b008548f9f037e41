FROM --platform=$X busybox
