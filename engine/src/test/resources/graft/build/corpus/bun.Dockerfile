FROM base:1 AS base
WORKDIR /usr/src/app
FROM base AS install
RUN mkdir -p /temp/dev /temp/prod
COPY app/package.json app/package-lock.json /temp/dev/
RUN cd /temp/dev && mkdir node_modules && echo dev > node_modules/.kind
COPY app/package.json app/package-lock.json /temp/prod/
RUN cd /temp/prod && mkdir node_modules && echo prod > node_modules/.kind
FROM base AS prerelease
COPY --from=install /temp/dev/node_modules node_modules
COPY app .
ENV NODE_ENV=production
RUN test -d test
FROM base AS release
COPY --from=install /temp/prod/node_modules node_modules
COPY --from=prerelease /usr/src/app/src/index.js .
COPY --from=prerelease /usr/src/app/package.json .
USER 1000
EXPOSE 3000/tcp
ENTRYPOINT [ "bun", "run", "index.js" ]
