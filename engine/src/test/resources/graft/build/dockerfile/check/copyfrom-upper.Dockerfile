FROM busybox AS build
FROM busybox
COPY --from=BUILD /a /b
