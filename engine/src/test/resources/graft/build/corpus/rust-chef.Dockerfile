FROM base:1 AS chef
WORKDIR /app
FROM chef AS planner
COPY . .
RUN echo '{"skeleton":{}}' > recipe.json
FROM chef AS builder
COPY --from=planner /app/recipe.json recipe.json
RUN mkdir -p target/release
COPY Cargo.toml .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/app/cache,sharing=private \
    cp Cargo.toml target/release/app
FROM scratch AS runtime
WORKDIR /app
COPY --from=builder /app/target/release/app /usr/local/bin/app
ENTRYPOINT ["/usr/local/bin/app"]
