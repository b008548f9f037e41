FROM busybox AS one
RUN --mount=from=two,target=/x true
FROM busybox AS two
