# Farandole in containers. Two images:
#
#   docker build --target manager --tag farandole-manager .
#   docker build --target worker --tag farandole-worker .
#
# The Worker has Debian's Blender. An official one comes in its place with
#   --build-arg BLENDER_ARCHIVE=blender-4.5.3-linux-x64.tar.xz   (a file beside this one, or a URL)

ARG DEBIAN=debian:bookworm-slim
ARG RUST=rust:1.95-bookworm

# --- The programs -----------------------------------------------------------------------------------------------------

FROM ${RUST} AS programs
WORKDIR /src
# First only what says which crates are needed: as long as that stays the same, they are not built again.
COPY Cargo.toml Cargo.lock ./
COPY cli/Cargo.toml cli/
COPY discovery/Cargo.toml discovery/
COPY frames/Cargo.toml frames/
COPY manager/Cargo.toml manager/
COPY protocol/Cargo.toml protocol/
COPY settings/Cargo.toml settings/
COPY tests/Cargo.toml tests/
COPY worker/Cargo.toml worker/
RUN for crate in cli discovery frames manager protocol settings tests worker; do \
        mkdir -p $crate/src $crate/benches && touch $crate/src/lib.rs && printf '//! Empty.\nfn main() {}\n' >$crate/src/main.rs; \
    done && touch manager/benches/store.rs && \
    cargo build --locked --profile dist -p farandole-manager -p farandole-worker -p farandole-cli && \
    rm -r */src
COPY cli cli
COPY discovery discovery
COPY frames frames
COPY manager manager
COPY protocol protocol
COPY settings settings
COPY worker worker
# The empty crates above are newer than the sources, by which cargo would think that nothing has changed.
RUN mkdir tests/src && touch tests/src/lib.rs && \
    find . -path ./target -prune -o -name '*.rs' -exec touch {} + && \
    cargo build --locked --profile dist -p farandole-manager -p farandole-worker -p farandole-cli

# --- What both images have in common ----------------------------------------------------------------------------------

FROM ${DEBIAN} AS base
# Folders that volumes are mounted at. A new volume takes over to whom they belong and who may write, so that the
# containers can run as any user.
RUN apt-get update && \
    apt-get install --yes --no-install-recommends ca-certificates tini tzdata && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/* && \
    groupadd --gid 1000 farandole && \
    useradd --uid 1000 --gid farandole --home-dir /var/lib/farandole --no-create-home farandole && \
    install --directory --owner=farandole --group=farandole --mode=0777 /var/lib/farandole /storage
COPY LICENSE /usr/share/doc/farandole/
ENV FARANDOLE_DATA_DIR=/var/lib/farandole
WORKDIR /var/lib/farandole
USER farandole
VOLUME ["/var/lib/farandole", "/storage"]
ENTRYPOINT ["tini", "--"]

# --- The Manager ------------------------------------------------------------------------------------------------------

FROM base AS manager
LABEL org.opencontainers.image.title="Farandole Manager" \
      org.opencontainers.image.description="The Manager of the Farandole render farm" \
      org.opencontainers.image.licenses="GPL-3.0-or-later"
COPY --from=programs /src/target/dist/farandole-manager /src/target/dist/farandole /usr/local/bin/
ENV FARANDOLE_SHARED_STORAGE_PATH=/storage
EXPOSE 8080/tcp 1900/udp
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["farandole-manager", "--check-health"]
CMD ["farandole-manager"]

# --- The Worker -------------------------------------------------------------------------------------------------------

# An official Blender, unpacked; nothing without BLENDER_ARCHIVE. An archive beside this file is unpacked by ADD, one
# that was downloaded is not.
FROM ${DEBIAN} AS blender
ARG BLENDER_ARCHIVE=""
ADD ${BLENDER_ARCHIVE:-LICENSE} /archive/
RUN mkdir /opt/blender && \
    if [ -n "${BLENDER_ARCHIVE}" ]; then \
        apt-get update && apt-get install --yes --no-install-recommends bzip2 xz-utils && \
        find /archive -maxdepth 1 -name '*.tar.*' -exec tar --extract --file {} --directory /archive \; && \
        cp -a /archive/*/. /opt/blender/ && \
        test -x /opt/blender/blender; \
    fi

FROM base AS worker
LABEL org.opencontainers.image.title="Farandole Worker" \
      org.opencontainers.image.description="A render node of the Farandole render farm, with Blender and FFmpeg" \
      org.opencontainers.image.licenses="GPL-3.0-or-later"
COPY --from=blender /opt/blender /opt/blender
USER root
# An official Blender brings its own libraries, but not those that talk to a screen; it loads them all the same.
RUN apt-get update && \
    if [ -e /opt/blender/blender ]; then \
        apt-get install --yes --no-install-recommends ffmpeg libegl1 libgl1 libgomp1 libice6 libsm6 libx11-6 libxext6 \
            libxfixes3 libxi6 libxkbcommon0 libxrender1 libxxf86vm1; \
    else \
        apt-get install --yes --no-install-recommends blender ffmpeg; \
    fi && \
    rm -rf /var/lib/apt/lists/* /var/cache/apt/*
COPY --from=programs /src/target/dist/farandole-worker /src/target/dist/farandole /usr/local/bin/
# Blender writes below its home, and large things to /tmp, which therefore is on a disk.
ENV PATH=/opt/blender:/usr/local/bin:/usr/bin:/bin HOME=/tmp
USER farandole
VOLUME ["/tmp"]
HEALTHCHECK --interval=10s --timeout=6s --start-period=30s CMD ["farandole-worker", "--check-health"]
CMD ["farandole-worker"]
