FROM busybox AS one
COPY --from=two /a /b
FROM busybox AS two
