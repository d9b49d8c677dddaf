#!/usr/bin/env bash
# Makes docker/identity: an authority of this mesh alone, and a certificate of it for each service that is valid for 90 days. Run it again for
# new certificates; services read them within a second. Keys belong to the images' user (1654) where root runs it, else anybody on this machine
# can read them.
set -euo pipefail
cd "$(dirname "$0")"
mkdir -p identity && cd identity
if [ ! -e ca.key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 3650 -subj "/CN=SynCxr.Mesh on this machine" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout ca.key -out ca.crt
  chmod 400 ca.key
fi
for service in report diffusion curation balancer trainer evaluator gateway; do
  mkdir -p "$service"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -subj "/CN=$service" -keyout "$service/new.key" -out "$service/new.csr"
  openssl x509 -req -in "$service/new.csr" -CA ca.crt -CAkey ca.key -days 90 -out "$service/new.crt" -extfile <(printf '%s\n' \
    "subjectAltName=DNS:$service,DNS:localhost,IP:127.0.0.1" "extendedKeyUsage=serverAuth,clientAuth")
  if chown 1654 "$service/new.key" 2>/dev/null; then chmod 400 "$service/new.key"; else chmod 444 "$service/new.key"; fi
  mv "$service/new.key" "$service/tls.key"
  mv "$service/new.crt" "$service/tls.crt"
  cp ca.crt "$service/ca.crt"
  rm "$service/new.csr"
done
