ARG A
FROM ${A:-busybox}
ENV X=$A
