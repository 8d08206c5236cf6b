# Rescind on a PostgreSQL of yours: set DATABASE_URL, RESCIND_MIGRATE_URL, RESCIND_PEPPER, RESCIND_SIGNING_KEY and
# RESCIND_BOOTSTRAP_TOKEN.

FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/console/package.json packages/console/
RUN npm ci
COPY nest-cli.json tsconfig.json ./
COPY src src
COPY pages pages
COPY packages/console packages/console
COPY packages/witness packages/witness
COPY bin bin
# The embedded PostgreSQL is an optional package, and nothing here needs it.
RUN npm run -s build && npm prune --omit=dev --omit=optional && node bin/prune-modules.mjs node_modules

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json ./
COPY bin bin
COPY docs docs
# For volumes: a new one gets the owner of the folder that it is mounted on.
RUN mkdir -p /var/lib/rescind/checkpoints /var/lib/rescind/archive && chown node:node /var/lib/rescind/*
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=4s --start-period=60s --start-interval=1s --retries=3 CMD ["bin/is-ready"]
ENTRYPOINT ["node", "bin/rescind.mjs"]
CMD ["serve"]
