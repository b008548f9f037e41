FROM busybox
RUN cat <<'E OF'
x
E OF
