# One image a service. From the root of the repository:
#
#   docker build -f docker/service.Dockerfile --build-arg SERVICE=report -t syncxr-mesh/report .
#   docker build -f docker/service.Dockerfile --build-arg SERVICE=diffusion --build-arg BACKEND=cuda -t syncxr-mesh/diffusion:cuda .
#
# SERVICE is report, diffusion, curation, balancer, trainer, evaluator or gateway; BACKEND is cpu or cuda.
# CUDA is that of the base image: ONNX Runtime's GPU package is built for 13 (driver 580 or newer), LLamaSharp's for 12 (12.9.1).
ARG BACKEND=cpu
ARG CUDA=13.0.1

FROM mcr.microsoft.com/dotnet/sdk:10.0-noble AS publish
ARG SERVICE
ARG BACKEND
WORKDIR /src
COPY . .
# The program's name is the service's, whatever its assembly is called.
RUN set -eu; \
    case "$SERVICE" in gateway) project=gateway ;; *) project="services/$SERVICE" ;; esac; \
    dotnet publish "$project" -c Release -p:MeshBackend="$BACKEND" --no-self-contained -o /app -v q -nologo; \
    ln -s "$(basename /app/*.runtimeconfig.json .runtimeconfig.json)" /app/service

FROM mcr.microsoft.com/dotnet/aspnet:10.0-noble AS runtime-cpu

FROM nvidia/cuda:${CUDA}-cudnn-runtime-ubuntu24.04 AS runtime-cuda
COPY --from=runtime-cpu /usr/share/dotnet /usr/share/dotnet
ENV APP_UID=1654

FROM runtime-${BACKEND}
# Decoders of DICOM files in JPEG-LS and JPEG 2000; OpenMP, which llama.cpp computes with.
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends libcharls2 libgomp1 libopenjp2-7 && rm -rf /var/lib/apt/lists/*
COPY --from=publish /app /app
# State goes to a volume; nothing else is written.
RUN mkdir /state && chown "$APP_UID" /state
VOLUME /state
WORKDIR /state
USER $APP_UID
ENV DOTNET_EnableDiagnostics=0
ENTRYPOINT ["/app/service"]
# An orchestrator with gRPC probes asks for `live` and `ready` itself; this is for the others.
HEALTHCHECK --interval=10s --timeout=8s --start-period=60s --retries=3 CMD ["/app/service", "--health"]
