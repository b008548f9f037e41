FROM --platform=a/b/c/d/e busybox
