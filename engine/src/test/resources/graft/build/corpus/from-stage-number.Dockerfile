FROM base:1
RUN echo zero > /zero
FROM base:1
RUN echo one > /one
FROM scratch
COPY --from=0 /zero /
COPY --from=1 /one /
