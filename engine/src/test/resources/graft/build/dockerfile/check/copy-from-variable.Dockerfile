FROM busybox
ARG X=1
COPY --from=$X a b
