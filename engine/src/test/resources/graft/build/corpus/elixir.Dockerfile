FROM base:1 AS build
ARG MIX_ENV=prod
ENV MIX_ENV=${MIX_ENV}
WORKDIR /app
COPY Makefile mix.exs
RUN mkdir config deps
COPY conf/app.ini config/config.exs
COPY locale priv/gettext
COPY --link app/src lib
RUN mkdir -p _build/${MIX_ENV}/rel && cp -r lib _build/${MIX_ENV}/rel/my_app
FROM base:1
WORKDIR "/app"
RUN mkdir -p /etc \
 && printf 'root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n' > /etc/passwd \
 && printf 'root:x:0:\nnobody:x:65534:\n' > /etc/group \
 && chown nobody /app
ARG MIX_ENV=prod
COPY --from=build --chown=nobody:root /app/_build/${MIX_ENV}/rel/my_app ./
USER nobody
CMD ["/app/bin/server"]
