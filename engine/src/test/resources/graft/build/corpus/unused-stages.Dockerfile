FROM nowhere.example.com/never:built AS unused
RUN exit 1
FROM base:1 AS tests
RUN exit 1
FROM base:1
RUN echo only this > /only
