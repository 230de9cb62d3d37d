/// A program of the session form in shell, which answers `hello` and `bye` and runs `body` for each
/// other request; `$id` is that of the request.
func session(_ body: String, before: String = ":", bye: String = "exit 0") -> String {
  let caps = #"{"name":"sh","version":"1","ops":["probe","open-ro"],"features":[]}"#
  return """
    program() {
      \(before)
      while read -r line; do
        id=${line#*'"id":'}; id=${id%%[!0-9]*}
        case $line in
          *'"hello"'*) printf '{"id":%s,"outcome":"ok","protocol":1,"caps":%s}\\n' "$id" '\(caps)' ;;
          *'"bye"'*) printf '{"id":%s,"outcome":"ok"}\\n' "$id"; \(bye) ;;
          *) \(body) ;;
        esac
      done
    }; program
    """
}

/// The body that answers each request with `ok`.
let right = #"printf '{"id":%s,"outcome":"ok"}\n' "$id""#
