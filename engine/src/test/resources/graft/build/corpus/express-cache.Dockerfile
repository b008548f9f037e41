FROM base:1 AS deps
WORKDIR /app
RUN --mount=type=bind,source=app/package.json,target=package.json \
    --mount=type=bind,source=app/package-lock.json,target=package-lock.json \
    --mount=type=cache,target=/root/.npm \
    echo "$(cat package.json | wc -l)" > /lines && mkdir -p node_modules && touch /root/.npm/used
FROM base:1
ENV NODE_ENV production
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY --from=deps /lines /lines
COPY app/src .
USER 1000:1000
EXPOSE 3000
CMD ["node", "index.js"]
