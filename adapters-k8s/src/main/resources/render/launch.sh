# Starts and ends the server given as arguments, by order of the sidecar; see Launcher in the sidecar.
# Signals are left to the sidecar, too: it drains first. What it says stands in the file `state`.
run=$GREENTHREAD_RUN
PATH=$PATH:/app
umask 000
trap : TERM INT HUP
say() { echo "$*" >"$run/state.new" && mv "$run/state.new" "$run/state"; }
send() { [ -s "$run/pid" ] && { kill -"$1" -- "-$(cat "$run/pid")" 2>/dev/null || kill -"$1" "$(cat "$run/pid")" 2>/dev/null; }; }
group=
command -v setsid >/dev/null && group=setsid
[ -p "$run/orders" ] || { rm -f "$run/orders"; mkfifo "$run/orders" || exit 70; }
exec 3<>"$run/orders"
rm -f "$run/pid"
last=none
running=
say idle
while :; do
  read -r order number code <&3 || continue
  case $order in
    start)
      [ -n "$running" ] || [ "$number" = "$last" ] && continue
      last=$number
      running=$number
      say running "$number"
      (
        $group sh -c 'echo $$ >"$GREENTHREAD_RUN/pid"; exec "$@"' server "$@" 3>&-
        echo ended "$last" "$?" >&3
      ) &
      ;;
    # An order that comes late, or once more, must not end the next start.
    stop) [ "$running" = "$number" ] && send TERM ;;
    kill)
      # Right after its start nobody knows its pid yet.
      [ "$running" != "$number" ] || send KILL || { sleep 1; echo kill "$number" >&3; }
      ;;
    ended)
      rm -f "$run/pid"
      running=
      say ended "$number" "$code"
      ;;
    exit)
      send KILL
      exit 0
      ;;
  esac
done
