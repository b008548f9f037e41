FROM busybox
ENV A=${B:?must be set}
