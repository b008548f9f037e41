FROM busybox
ADD --checksum=abc https://github.com/a/b.git /x
