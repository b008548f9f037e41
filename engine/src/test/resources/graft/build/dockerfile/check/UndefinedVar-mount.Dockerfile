FROM busybox
RUN --mount=type=cache,target=$NOPE,id=$NOPE true
COPY --chown=$WHO <<EOF $WHERE/
$WHAT
EOF
