FROM --platform=linux/amd64 busybox AS base
FROM --platform=linux/amd64 busybox AS amd64-x
FROM --platform=linux busybox AS a-linux
