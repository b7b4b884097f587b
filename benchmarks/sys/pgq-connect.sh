# Copyright pgq-connect contributors, SPDX-License-Identifier: Apache-2.0
# pgq-connect in a harness that measures replication systems between two PostgreSQL clusters of its own, so that it
# stands beside others in one run. Link it into the harness and name it like any other system:
#     ln -s <project>/benchmarks/sys/pgq-connect.sh $BENCH/sys/
#     $BENCH/run.sh pgq-connect w1 w2 w4
#     RUNS=5 VARIANTS='none sys' $BENCH/run.sh pgq-connect w5    # beside: VARIANTS='none c' $BENCH/run.sh londiste w5
#   HEAP=1g           the worker's heap
#   PROFILE=default   the connectors as config/source.json and config/sink.json describe them; on the pgq extension when
#                     the server offers it
#   PROFILE=built-in  the same on our own engine, whatever the server offers
_home=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.." && pwd)
_run=$RUNDIR/pgq-connect
: "${HEAP:=1g}"
: "${PROFILE:=default}"

sys_conf()  { :; }
# The servers' directories lie below $_run, which tells them from others on the machine.
sys_match() { echo "worker=ConnectDistributed.$_run broker=kafka\.Kafka.$_run"; }

sys_setup() {
  sys_stop
  rm -rf "$_run"; mkdir -p "$_run/tmp"
  _config source "$PROV_PORT" > "$_run/source.json"
  _config sink "$SUB_PORT" > "$_run/sink.json"
  [ "$PROFILE" != built-in ] || _built_in
  "$_home/pgq-connect" provider install --config "$_run/source.json" >&2
}

# An engine that is there is kept, so ours is put there before the installer looks for the extension.
_built_in() {
  local sql=$_home/source-connector/src/main/resources/org/pgqconnect/source/engine/pgq f
  while read -r f; do cat "$sql/$f"; echo; done < "$sql/order.txt" |
    PGOPTIONS="-c client_min_messages=warning" pq --single-transaction -o /dev/null
}

# _config source|sink PORT : the shipped file, pointed at one of the harness' databases
_config() {
  python3 - "$_home/config/$1.json" "$2" "$DB" "$PGUSER" <<'P'
import json, sys
file, port, db, user = sys.argv[1:]
c = json.load(open(file))
c["name"] = "bench-" + c["name"].rsplit("-", 1)[1]
k = c["config"]
k.update({"database.hostname": "127.0.0.1", "database.port": port, "database.dbname": db,
          "database.user": user, "database.password": "trusted", "topic.prefix": "bench"})
if "queue.name" in k:
    k.update({"queue.name": "bench", "topic.creation.boundaries.include": "bench\\.transaction"})
    del k["table.include.list"]  # every table that the queue captures
else:
    k["topics.regex"] = "bench\\..*"
print(json.dumps(c))
P
}

sys_start() {
  PGQ_CONNECT_OPTS="-Djava.io.tmpdir=$_run/tmp" "$_home/benchmarks/run" serve --heap "$HEAP" --ready "$_run/ready" \
    > "$_run/serve.log" 2>&1 9>&- &
  echo $! > "$_run/pid"
  local i
  for i in $(seq 600); do
    [ -e "$_run/ready" ] && return 0
    kill -0 "$(cat "$_run/pid")" 2>/dev/null || break
    sleep 0.2
  done
  cat "$_run/serve.log" >&2
  die "broker and worker did not start"
}

# sys_add copy|synced TABLES : returns when all are in state 'ok' on the subscriber
sys_add() {
  local mode=$1 opt="" t names=() c; shift
  [ "$mode" = synced ] && opt=--no-copy
  for t in "$@"; do names+=("public.$t"); done
  # shellcheck disable=SC2086
  "$_home/pgq-connect" provider add --config "$_run/source.json" $opt "${names[@]}" >&2
  for c in source sink; do
    _rest GET "connectors/bench-$c" > /dev/null 2>&1 || _rest POST connectors "@$_run/$c.json" > /dev/null
  done
  wait_true "$SUB_PORT" "select to_regclass('pgq_connect.subscribed_table') is not null"
  wait_true "$SUB_PORT" "select count(*) = $# from pgq_connect.subscribed_table
    where state = 'ok' and table_name = any (string_to_array('$*', ' '))"
}

_rest() { # METHOD PATH [BODY]
  local REST WORKER_PID BROKER_PID WORKER_LOG
  . "$_run/ready"
  curl -sSf -X "$1" -H 'Content-Type: application/json' ${3:+-d "$3"} "$REST/$2"
}

_await_state() { # STATE
  local c i
  for c in source sink; do
    for i in $(seq 300); do
      _rest GET "connectors/bench-$c/status" | grep -q "\"tasks\":\[{[^]]*\"state\":\"$1\"" && break
      sleep 0.1
    done
  done
}

# The queue is ticked while the connectors are paused, so that nothing is left to do for its backlog.
sys_pause()         { _rest PUT connectors/bench-source/pause; _rest PUT connectors/bench-sink/pause; _await_state PAUSED; }
sys_backlog_ready() { sleep 2; }
sys_resume()        { _rest PUT connectors/bench-source/resume; _rest PUT connectors/bench-sink/resume; }

sys_stop() {
  [ -e "$_run/pid" ] || return 0
  local p i
  p=$(cat "$_run/pid"); rm -f "$_run/pid" "$_run/ready"
  kill "$p" 2>/dev/null || return 0
  for i in $(seq 300); do kill -0 "$p" 2>/dev/null || return 0; sleep 0.1; done
  kill -9 "$p" 2>/dev/null
}
