# check=skip=JSONArgsRecommended,MaintainerDeprecated
FROM busybox as x
CMD foo
MAINTAINER x
