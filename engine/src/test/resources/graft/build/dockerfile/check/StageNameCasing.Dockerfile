FROM busybox AS Base
