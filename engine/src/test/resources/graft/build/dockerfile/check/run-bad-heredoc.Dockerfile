FROM busybox
RUN cat <<EOF
EOF x
