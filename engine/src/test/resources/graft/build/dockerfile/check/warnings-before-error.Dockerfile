FROM busybox as x
MAINTAINER y
CMD foo
BOGUS
CMD foo
