# The image: one program and the libraries that it needs. No shell, not root, and nothing is written but to volumes.
#
#   docker build -t localhost/amble:0.1.0 .
#   scripts/image localhost/amble:0.1.0       without a registry, from the program that was built here
#
# The same sources give the same program: compiler and dependencies are pinned, and no path or date of the build
# gets into it. For the same image, set its date too: SOURCE_DATE_EPOCH, or --timestamp 0.

FROM docker.io/library/rust:1.94-bookworm AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends protobuf-compiler libprotobuf-dev
WORKDIR /src
COPY . .
ENV RUSTFLAGS="--remap-path-prefix=/src=. --remap-path-prefix=/usr/local/cargo=cargo"
RUN cargo build --release --locked -p amble && scripts/image-root target/release/amble /image

FROM scratch
COPY --from=build /image /
ENV PATH=/usr/local/bin
# nonroot, as others call it.
USER 65532:65532
WORKDIR /var/lib/amble
# gRPC, other nodes, metrics.
EXPOSE 7400 7401 7480
STOPSIGNAL SIGTERM
ENTRYPOINT ["amble"]
CMD ["serve"]
