#!/usr/bin/env bash
# Private servers for one machine: PostgreSQL 15, RabbitMQ, an S3 store. Loopback ports of their own, never as root.
#
#   servers.sh install              Debian's and npm's packages, where they are missing
#   servers.sh start DIR [SERVER]   starts them (or one: postgres, rabbitmq, s3); what runs is left alone; prints the settings to use;
#                                   installs nothing: exit code 3 and what is missing, where something is
#   servers.sh stop DIR [SERVER]    stops them; their data stays, and so do ports and passwords
#   servers.sh status DIR           one line a server
#   servers.sh remove DIR           stops them and deletes their data
#
# DIR keeps ports, passwords and process ids. Started by root, the servers run as users of their own, who can't reach every
# folder: their data then lies under /var/tmp/syncxr-servers.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
all="postgres rabbitmq s3"
pg_bin=/usr/lib/postgresql/15/bin
rabbit_bin=/usr/lib/rabbitmq/bin
fail() { echo "servers: $1" >&2; exit "${2:-1}"; }

missing() { # Debian's packages that the servers need and the machine lacks
  [ -x $pg_bin/initdb ] || echo postgresql-15
  [ -x $rabbit_bin/rabbitmq-server ] || echo rabbitmq-server
  command -v node >/dev/null || echo nodejs
  command -v setpriv >/dev/null || echo util-linux
}
has_s3rver() { [ -e "$here/node_modules/.bin/s3rver" ]; }

install() {
  local wanted
  mapfile -t wanted < <(missing)
  has_s3rver || command -v npm >/dev/null || wanted+=(npm)
  if [ ${#wanted[@]} -gt 0 ]; then
    [ "$(id -u)" = 0 ] || fail "not installed: ${wanted[*]}; only root can install them"
    # Debian's postgresql makes and starts a cluster of its own unless it is told not to.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" >/dev/null
  fi
  has_s3rver || npm ci --prefix "$here" --silent --no-audit --no-fund
}

require_installed() { # installing is the user's decision: it changes the machine
  local wanted
  wanted=$(missing; has_s3rver || echo "s3rver (npm)")
  [ -z "$wanted" ] || fail "not installed: ${wanted//$'\n'/, }; run \`bash $here/servers.sh install\`" 3
}

# --- what DIR remembers -------------------------------------------------------------------------------------------------------

free_port() { # one below the range that clients get theirs from: nobody takes it between two starts of a server
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && { echo $port; return; }
  done
}
secret() { head -c 18 /dev/urandom | base64 | tr '+/' '-_'; }

open_dir() { # DIR
  mkdir -p "$1"
  dir=$(cd "$1" && pwd)
  chmod 700 "$dir"
  if [ ! -e "$dir/ports" ]; then
    (umask 077
      printf 'postgres=%s\nrabbitmq=%s\nrabbitmq_nodes=%s\nrabbitmq_names=%s\ns3=%s\npostgres_password=%s\nrabbitmq_password=%s\n' \
        "$(free_port)" "$(free_port)" "$(free_port)" "$(free_port)" "$(free_port)" "$(secret)" "$(secret)" >"$dir/ports.new")
    mv "$dir/ports.new" "$dir/ports"
  fi
  # shellcheck disable=SC1091
  . "$dir/ports"
  data=$dir
  if [ "$(id -u)" = 0 ]; then
    data=/var/tmp/syncxr-servers/$(printf %s "$dir" | sha256sum | cut -c1-16)
    mkdir -p "$data"
    chmod 711 /var/tmp/syncxr-servers "$data"
  fi
}

as() { # user, command...: becomes that user where we are root, and the command; call it in a subshell
  local user=$1; shift
  [ "$(id -u)" != 0 ] || exec setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"
  exec "$@"
}

own() { # user, folder
  mkdir -p "$2"
  [ "$(id -u)" != 0 ] || chown "$1" "$2"
  chmod 700 "$2"
}

listens() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

wait_for() { # server, port, seconds, log
  for _ in $(seq $(($3 * 10))); do
    listens "$2" && return
    runs "$1" || break
    sleep 0.1
  done
  tail -n 20 "$4" >&2 || true
  fail "$1 did not start; its log is $4"
}

since() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; } # when a process started

runs() { # server: the process that we started, not another one that got its number
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) && [ -n "$pid" ] && [ -d "/proc/$pid" ] && [ "$(since "$pid")" = "$(cat "$dir/$1.since" 2>/dev/null)" ]
}

launch() { # server, user, log, command...: a session of its own, so that Ctrl-C on the terminal is not its end
  local server=$1 user=$2 log=$3; shift 3
  (as "$user" setsid "$@") >"$log" 2>&1 </dev/null &
  echo $! >"$dir/$server.pid"
  since $! >"$dir/$server.since"
}

halt() { # server, signal
  runs "$1" || return 0
  local pid
  pid=$(cat "$dir/$1.pid")
  kill -"$2" -- "$pid"
  for _ in $(seq 200); do
    runs "$1" || return 0
    sleep 0.05
  done
  kill -KILL -- "-$pid" 2>/dev/null || kill -KILL "$pid"
}

# --- the three ----------------------------------------------------------------------------------------------------------------

start_postgres() {
  own postgres "$data/postgres"
  if [ ! -e "$data/postgres/PG_VERSION" ]; then
    (as postgres bash -c "$pg_bin/initdb -D '$data/postgres' -U syncxr -A scram-sha-256 --pwfile=<(echo '$postgres_password') -E UTF8 --locale=C") >"$dir/postgres.init.log"
  fi
  launch postgres postgres "$dir/postgres.log" "$pg_bin/postgres" -D "$data/postgres" -p "$postgres" \
    -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300
  wait_for postgres "$postgres" 30 "$dir/postgres.log"
  local sql=(env PGPASSWORD="$postgres_password" "$pg_bin/psql" -h 127.0.0.1 -p "$postgres" -U syncxr -d postgres -qtAc)
  for _ in $(seq 100); do "${sql[@]}" "SELECT 1" >/dev/null 2>&1 && break; sleep 0.1; done # it listens before it lets anybody in
  for base in syncxr trainer evaluator; do # one a service with rows; syncxr is the balancer's
    [ "$("${sql[@]}" "SELECT count(*) FROM pg_database WHERE datname = '$base'")" = 1 ] || "${sql[@]}" "CREATE DATABASE $base"
  done
}

start_rabbitmq() {
  own rabbitmq "$data/rabbitmq"
  printf '%s\n' "listeners.tcp.1 = 127.0.0.1:$rabbitmq" "default_user = syncxr" "default_pass = $rabbitmq_password" >"$dir/rabbitmq.conf.new"
  (umask 077; cat "$dir/rabbitmq.conf.new" >"$data/rabbitmq/rabbitmq.conf"; : >"$data/rabbitmq/enabled_plugins")
  rm "$dir/rabbitmq.conf.new"
  [ "$(id -u)" != 0 ] || chown rabbitmq "$data/rabbitmq/rabbitmq.conf" "$data/rabbitmq/enabled_plugins"
  # Names and nodes on ports of our own: several of these may run on one machine, and nothing of them stays.
  launch rabbitmq rabbitmq "$dir/rabbitmq.log" env HOME="$data/rabbitmq" \
    ERL_EPMD_PORT="$rabbitmq_names" ERL_EPMD_ADDRESS=127.0.0.1 RABBITMQ_NODENAME="syncxr@localhost" RABBITMQ_DIST_PORT="$rabbitmq_nodes" \
    RABBITMQ_CONFIG_FILE="$data/rabbitmq/rabbitmq.conf" RABBITMQ_MNESIA_BASE="$data/rabbitmq/mnesia" RABBITMQ_LOG_BASE="$data/rabbitmq/log" \
    RABBITMQ_LOGS="-" RABBITMQ_FEATURE_FLAGS_FILE="$data/rabbitmq/feature_flags" RABBITMQ_ENABLED_PLUGINS_FILE="$data/rabbitmq/enabled_plugins" \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+sbwt none +sbwtdcpu none +sbwtdio none +S 2:2" \
    RABBITMQ_SERVER_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1}" "$rabbit_bin/rabbitmq-server"
  wait_for rabbitmq "$rabbitmq" 60 "$dir/rabbitmq.log"
}

start_s3() {
  own nobody "$data/s3"
  # The package is copied: a checkout may lie where that user can't read.
  [ -e "$data/s3rver/package-lock.json" ] && cmp -s "$here/package-lock.json" "$data/s3rver/package-lock.json" ||
    { rm -rf "$data/s3rver"; mkdir -p "$data/s3rver"; cp -r "$here/node_modules" "$data/s3rver/"; cp "$here/package-lock.json" "$data/s3rver/"; chmod -R a+rX "$data/s3rver"; }
  launch s3 nobody "$dir/s3.log" node "$data/s3rver/node_modules/s3rver/bin/s3rver.js" \
    -d "$data/s3" -a 127.0.0.1 -p "$s3" --silent --no-vhost-buckets --configure-bucket syncxr
  wait_for s3 "$s3" 30 "$dir/s3.log"
}

stop_postgres() { halt postgres INT; } # INT is PostgreSQL's fast shutdown: it cuts its clients off
stop_rabbitmq() {
  halt rabbitmq TERM
  local epmd
  epmd=$(command -v epmd || true)
  [ -z "$epmd" ] || ! listens "$rabbitmq_names" || ERL_EPMD_PORT=$rabbitmq_names "$epmd" -kill >/dev/null 2>&1 || true
}
stop_s3() { halt s3 TERM; }

settings() {
  cat <<SETTINGS
Balancer:Database=postgres
Balancer:ConnectionString=Host=127.0.0.1;Port=$postgres;Username=syncxr;Password=$postgres_password;Database=syncxr
Trainer:Database=postgres
Trainer:ConnectionString=Host=127.0.0.1;Port=$postgres;Username=syncxr;Password=$postgres_password;Database=trainer
Evaluator:Database=postgres
Evaluator:ConnectionString=Host=127.0.0.1;Port=$postgres;Username=syncxr;Password=$postgres_password;Database=evaluator
Mesh:Bus=rabbitmq
RabbitMq:Host=127.0.0.1
RabbitMq:Port=$rabbitmq
RabbitMq:User=syncxr
RabbitMq:Password=$rabbitmq_password
Storage:Kind=s3
Storage:Endpoint=http://127.0.0.1:$s3
Storage:Bucket=syncxr
Storage:AccessKey=S3RVER
Storage:SecretKey=S3RVER
SETTINGS
}

each() { # verb, server or nothing
  local servers=${2:-$all}
  [[ " $all " == *" ${2:-s3} "* ]] || fail "'$2' is none of: $all" 2
  for server in $servers; do "$1" "$server"; done
}
start_one() { runs "$1" || "start_$1"; }
stop_one() { "stop_$1"; rm -f "$dir/$1.pid" "$dir/$1.since"; }
show_one() { runs "$1" && echo "$1 runs, port ${!1}" || echo "$1 is stopped"; }

command=${1:-}
[ "$command" = install ] && { install; exit; }
[ $# -ge 2 ] || fail "usage: servers.sh install | start DIR [SERVER] | stop DIR [SERVER] | status DIR | remove DIR" 2
case $command in
  start) require_installed; open_dir "$2"; each start_one "${3:-}"; settings ;;
  stop) [ -e "$2/ports" ] || exit 0; open_dir "$2"; each stop_one "${3:-}" ;;
  status) [ -e "$2/ports" ] || fail "$2 holds no servers"; open_dir "$2"; each show_one ;;
  remove) [ -e "$2/ports" ] || exit 0; open_dir "$2"; each stop_one; rm -rf "$data/postgres" "$data/rabbitmq" "$data/s3" "$data/s3rver"; [ "$data" = "$dir" ] || rmdir "$data"; rm -rf "$dir" ;;
  *) fail "'$command' is none of: install, start, stop, status, remove" 2 ;;
esac
