FROM base:1
RUN --mount=type=secret,id=token test ! -e /run/secrets/token || cat /run/secrets/token > /dev/null
RUN --mount=type=secret,id=aws,target=/root/.aws/credentials,mode=0400,uid=0 test ! -e /nothing
RUN --mount=type=secret,id=token,env=TOKEN : "${TOKEN:=none}"
RUN --mount=type=ssh echo "${SSH_AUTH_SOCK:-none}" > /dev/null
