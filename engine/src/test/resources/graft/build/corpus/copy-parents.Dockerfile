FROM base:1
COPY --parents app/src/*.js locale/./de/app.po /one/
COPY --parents ./pkg/** /two/
