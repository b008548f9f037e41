FROM busybox
RUN make
run make  "a b"   $C
RUN ["make", "a \"b\"", "\u00e9"]
RUN [ "make" ]
RUN ["make", 'a']
RUN [[ -f x ]] && make
RUN ["make"] x
RUN
RUN []
RUN --mount=type=bind,target=/src make
RUN --mount=target=.,rw --mount=from=base,source=/a,dst=/b,readonly=false make
RUN --mount=type=cache,target=/root/.cache make
RUN --mount=type=cache,id=apt,dst=${CACHE}/apt,sharing=locked,from=base,src=/x,uid=10,gid=20,mode=0700,ro make
RUN --mount=type=CACHE,target=/a/../b/,sharing=Private make
RUN --mount=type=tmpfs,target=/tmp,size=64m --mount=type=tmpfs,target=/x make
RUN --mount=type=secret,id=a --mount=type=secret,source=b,required --mount=type=secret,target=/run/c,mode=0444 make
RUN --mount=type=secret,id=a,env=A --mount=type=secret,id=b/c,env=B,target=/b,uid=1,gid=2,required=false make
RUN --mount=type=ssh --mount=type=ssh,id=github,target=/s,required=true,mode=0666,uid=1 make
RUN "--mount=type=cache,\"target=/a,b\"" --network=none --security=insecure make
RUN --network=host make
RUN --network=default --security=sandbox -- --make
RUN --device=vendor.com/gpu=all --device=name=vendor.com/x=y,required make
RUN --mount=type=bind,target=/a \
    --mount=type=cache,target=/b \
    make
