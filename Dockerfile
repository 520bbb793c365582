# The steps of the build stage are plain commands with relative paths: test/image.test.ts runs them without a builder.
# NODE_VERSION is the version that package.json pins (a test compares them).
ARG NODE_VERSION=26.10.0
ARG NODE_IMAGE=node:${NODE_VERSION}-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="restamp" \
      org.opencontainers.image.description="Rolls exactly the workloads whose ConfigMaps or Secrets changed, once and safely" \
      org.opencontainers.image.licenses="Apache-2.0"
# Only the bundle: no package manager runs and nothing is written here, so the root file system can be read-only.
COPY --from=build /build/dist/ /restamp/
USER 65532:65532
# The flags are those of bin/node-flags.json (a test compares them).
ENTRYPOINT ["node", "--max-semi-space-size=2", "--optimize-for-size", "/restamp/restamp.js"]
CMD ["help"]
