FROM busybox AS builder
FROM bulider
