FROM base:1 AS onbuild
WORKDIR /usr/src/app
ONBUILD ARG NODE_ENV=production
ONBUILD ENV NODE_ENV $NODE_ENV
ONBUILD COPY app/package.json /usr/src/app/
ONBUILD RUN echo install > installed
ONBUILD COPY app/src /usr/src/app/src
FROM onbuild
CMD ["npm", "start"]
