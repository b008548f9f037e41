FROM --platform=${TARGETPLATFRM} busybox
