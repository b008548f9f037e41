ARG RUBY_VERSION=3.3.4
FROM base:1 AS base
WORKDIR /rails
ENV RAILS_ENV="production" \
    BUNDLE_DEPLOYMENT="1" \
    BUNDLE_PATH="/usr/local/bundle" \
    BUNDLE_WITHOUT="development"
FROM base AS build
COPY Gemfile ./
RUN mkdir -p "${BUNDLE_PATH}"/ruby/gems/cache && \
    rm -rf ~/.bundle/ "${BUNDLE_PATH}"/ruby/*/cache "${BUNDLE_PATH}"/ruby/*/bundler/gems/*/.git
COPY . .
RUN SECRET_KEY_BASE_DUMMY=1 sh -c 'mkdir -p public/assets && echo "$SECRET_KEY_BASE_DUMMY" > public/assets/manifest'
FROM base
COPY --from=build "${BUNDLE_PATH}" "${BUNDLE_PATH}"
COPY --from=build /rails /rails
RUN mkdir -p /etc && \
    echo 'rails:x:1000:' >> /etc/group && \
    echo 'rails:x:1000:1000::/rails:/bin/sh' >> /etc/passwd && \
    mkdir -p db log storage tmp && chown -R rails:rails db log storage tmp
USER 1000:1000
ENTRYPOINT ["/rails/bin/docker-entrypoint"]
EXPOSE 3000
CMD ["./bin/rails", "server"]
