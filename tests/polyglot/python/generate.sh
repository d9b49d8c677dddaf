#!/usr/bin/env bash
# Makes the Python client from protos/ alone. Needs protoc with its well-known types, grpc_python_plugin and python3-grpcio; on Debian:
#   apt-get install protobuf-compiler protobuf-compiler-grpc libprotobuf-dev python3-grpcio
set -euo pipefail
cd "$(dirname "$0")"
protos=$(realpath ../../../protos)
rm -rf generated && mkdir generated
protoc -I "$protos" -I "$protos/third_party" --python_out=generated --grpc_python_out=generated --plugin=protoc-gen-grpc_python="$(command -v grpc_python_plugin)" \
  $(cd "$protos" && find syncxr -name '*.proto') $(cd "$protos/third_party" && find google -name '*.proto')
