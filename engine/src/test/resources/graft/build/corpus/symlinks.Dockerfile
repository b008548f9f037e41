FROM base:1
COPY app /app
COPY app/main.js /main-copy.js
RUN mkdir -p /real && ln -s /real /link
COPY README.md /link/
WORKDIR /link/sub
COPY pom.xml .
