FROM base:1 AS base
FROM base AS deps
WORKDIR /app
# Which lock file is there decides
COPY app/package.json app/yarn.lock* app/package-lock.json* app/pnpm-lock.yaml* ./
RUN \
  if [ -f yarn.lock ]; then echo yarn > manager; \
  elif [ -f package-lock.json ]; then echo npm > manager; \
  elif [ -f pnpm-lock.yaml ]; then echo pnpm > manager; \
  else echo "Lockfile not found." && exit 1; \
  fi && mkdir node_modules
FROM base AS builder
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY app .
# ENV NEXT_TELEMETRY_DISABLED=1
RUN mkdir -p .next/standalone .next/static && cp src/index.js .next/standalone/server.js
FROM base AS runner
WORKDIR /app
ENV NODE_ENV=production
RUN mkdir -p /etc && echo 'nodejs:x:1001:' >> /etc/group
RUN echo 'nextjs:x:1001:1001::/:/bin/sh' >> /etc/passwd
COPY --from=builder /app/public ./public
COPY --from=builder --chown=nextjs:nodejs /app/.next/standalone ./
COPY --from=builder --chown=nextjs:nodejs /app/.next/static ./.next/static
USER nextjs
EXPOSE 3000
ENV PORT=3000
ENV HOSTNAME="0.0.0.0"
CMD ["node", "server.js"]
