FROM scratch AS files
COPY --link sql/001.sql sql/002.sql /sql/
ADD --link vendor/tool-1.0.tar.gz /tool/
FROM base:1
COPY --link --from=files / /data/
COPY --link --chown=7:8 app/public/index.html /www/
WORKDIR /www
COPY --link go.mod .
