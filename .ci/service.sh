# Sourced by the scripts that start a service: `start COMMAND…` in the current folder, requests, `stop`.
# Expects: scratch. Sets: url, log, server, and RESCIND_DATA_DIR unless it is set.
PORT=$((20000 + RANDOM % 10000))
export PORT
url=http://127.0.0.1:$PORT
log=$scratch/start-$PORT.log
export RESCIND_DATA_DIR=${RESCIND_DATA_DIR:-$PWD/data}
server=

# As Ctrl-C in a terminal does: the whole job.
stop() {
  [ -n "$server" ] || return 0
  kill -INT -- "-$server" 2>/dev/null || true
  wait "$server" 2>/dev/null || true
  server=
}
trap 'stop; tail -n 20 "$log" >&2' ERR
trap stop EXIT

start() {
  # Straight from the shell, as a job that can be interrupted.
  set -m
  "$@" >"$log" 2>&1 &
  server=$!
  set +m
  for _ in $(seq 240); do
    if curl -fsS "$url/health/ready" >/dev/null 2>&1; then return; fi
    kill -0 "$server" 2>/dev/null || { echo "$* ended by itself" >&2; return 1; }
    sleep 0.5
  done
  echo "$* was not ready in time" >&2
  return 1
}

field() { node -pe "JSON.parse(require('fs').readFileSync(0, 'utf8')).$1"; }
expect() { [ "$2" = "$3" ] || { printf '%s: %s instead of %s\n' "$1" "$2" "$3" >&2; return 1; }; }

# A business, a token, its revocation, with the platform token that the start has made.
json='Content-Type: application/json'
verify() { curl -fsS "$url/api/v1/tokens/verify" "${as[@]}" -d "{\"token\": \"$token\"}" | field "$1"; }
try_out() {
  local platform bearer business issued id
  platform=$(<"$RESCIND_DATA_DIR/platform-token")
  rm "$RESCIND_DATA_DIR/platform-token"
  bearer="Authorization: Bearer $platform"
  business=$(curl -fsS "$url/api/v1/admin/businesses" -H "$bearer" -H "$json" -d '{"name": "Smoke"}' | field id)
  as=(-H "$bearer" -H "x-business-id: $business" -H "$json")
  issued=$(curl -fsS "$url/api/v1/tokens" "${as[@]}" -d '{"name": "smoke", "scopes": ["smoke:read"]}')
  token=$(field token <<<"$issued")
  id=$(field token_info.id <<<"$issued")
  expect 'verified after issue' "$(verify active)" true
  curl -fsS -X POST "$url/api/v1/tokens/$id/revoke" "${as[@]}" -d '{"reason": "smoke"}' >/dev/null
  expect 'verified after revocation' "$(verify active)" false
  expect 'Swagger UI' "$(curl -s -o /dev/null -w '%{http_code}' "$url/docs")" 200
  expect 'the console' "$(curl -s -o /dev/null -w '%{http_code}' "$url/console/sign-in")" 200
  expect 'openapi' "$(curl -fsS "$url/docs-json" | field openapi | cut -c1-2)" 3.
}

# Nothing that was started from this folder may be left.
expect_no_processes() {
  if pgrep -f "$1/" >/dev/null; then
    echo 'processes were left behind:' >&2
    pgrep -af "$1/" >&2
    return 1
  fi
}
