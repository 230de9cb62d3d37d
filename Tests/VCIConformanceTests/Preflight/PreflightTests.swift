import Glibc
import SystemPackage
import Testing

@testable import VCIConformance

private let hello =
  #"{"request":{"op":"hello","protocol":[1],"features":[]},"expect":{"outcomes":["ok"]}}"#
private let probe =
  #"{"request":{"op":"probe","image":"$a"},"why":"a file","expect":{"outcomes":["refused"]}}"#
private let open =
  #"{"request":{"op":"open","image":"$a","handle":"h","mode":"ro"},"expect":{"outcomes":["ok"]}}"#
private let close =
  #"{"request":{"op":"close","handle":"h"},"expect":{"outcomes":["ok"]}}"#
private let bye = #"{"request":{"op":"bye"},"expect":{"outcomes":["ok"]}}"#

/// Replays a session of these requests. Returns what was wrong; `nil` if nothing was.
private func flaw(
  _ command: String, _ requests: [String] = [hello, probe, bye], needs: String = "",
  milliseconds: Int = 30_000
) throws -> String? {
  _ = signal(SIGPIPE, SIG_IGN)
  var limits = AdapterLimits()
  limits.milliseconds = milliseconds
  let command = AdapterCommand(command, limits: limits)
  let folder = try WorkFolder()
  let head = #"{"schema":1,"title":"t","needs":[\#(needs)],"files":{"a":{"bytes":4,"runs":[]}}}"#
  let text = ([head] + requests).map { "\($0)\n" }.joined()
  let recording = try Recording(try folder.file(Array(text.utf8)))
  let greeted = try command.start()
  defer { greeted.end() }
  do throws(NotStarted) {
    try Preflight([recording], command, like: greeted)
      .requirePassed(in: folder, isInterrupted: { false })
    return nil
  } catch {
    return error.description
  }
}

struct `A pre-flight` {
  @Test
  func `passes a program that speaks the port`() throws {
    #expect(try flaw(session(right)) == nil)
    #expect(try flaw(session(right), [hello, open, close, bye]) == nil)
    // Its standard input ends instead of bye.
    #expect(try flaw(session(right), [hello, probe]) == nil)
  }

  @Test
  func `leaves wrong answers, crashes and errors to the run`() throws {
    #expect(try flaw(session(right)) == nil)
    for body in [
      #"printf '{"id":%s,"outcome":"refused","class":"io"}\n' "$id""#,
      #"printf '{"id":%s,"outcome":"not-implemented"}\n' "$id""#,
      #"printf '{"id":%s,"outcome":"error"}\n' "$id""#, "kill -9 $$", "exit 1",
    ] {
      #expect(try flaw(session(body)) == nil)
    }
  }

  @Test
  func `leaves a program that is too slow to the run`() throws {
    #expect(try flaw(session("sleep 60"), milliseconds: 2000) == nil)
  }

  @Test
  func `leaves a program that uses up too much to the run`() throws {
    // More processes than the limit of 16, which are seen at the end of the session.
    let body = "for i in 1 2 3 4 5 6 7 8 9 a b c d e f g h; do sleep 60 >/dev/null 2>&1 & done; "
    #expect(try flaw(session(body + right)) == nil)
  }

  @Test
  func `says which message was wrong`() throws {
    let text = try flaw(session(#"printf '{"id":%s,"outcome":"ok","ms":1}\n' "$id""#)) ?? ""
    #expect(text.contains(" line 3 (a file): "))
    #expect(text.contains(#"sent {"image":"$a","op":"probe"}; "#))
    #expect(text.contains("expected an answer to probe as Specs/Port.md has it; "))
    #expect(text.contains("got 'ms': there is no such key here"))
  }

  @Test(arguments: [
    #"printf '{"id":7,"outcome":"ok"}\n'"#, #"printf '{"id":%s,"outcome":"fine"}\n' "$id""#,
    #"printf '{"id":%s,"id":%s,"outcome":"ok"}\n' "$id" "$id""#, "echo reading; \(right)",
    #"printf '{"id":%s' "$id"; exit 0"#,
  ])
  func `stops a program whose answer is none`(body: String) throws {
    #expect(try flaw(session(body))?.contains("line 3") == true)
  }

  @Test
  func `stops a program that does not end after bye, or the end of its input`() throws {
    #expect(try flaw(session(right, bye: "exit 3"))?.contains("at the end (t)") == true)
    let endless = session(right) + "; kill -9 $$"
    #expect(try flaw(endless, [hello, probe])?.contains("at the end (t)") == true)
  }

  @Test
  func `asks only what the program declares`() throws {
    let noise = session("echo noise")
    #expect(try flaw(noise, needs: #""locks""#) == nil)
    #expect(try flaw(noise, needs: #""open-ro""#) != nil)
    let info = #"{"request":{"op":"info","handle":"h"},"expect":{"outcomes":["ok"]}}"#
    #expect(try flaw(noise, [hello, info, bye]) == nil)
  }

  @Test
  func `asks nothing of a handle whose open was refused`() throws {
    let refuses = session(
      #"case $line in *'"open"'*) printf '{"id":%s,"outcome":"refused","class":"io"}\n' "$id" ;; "#
        + "*) echo noise ;; esac")
    #expect(try flaw(refuses, [hello, open, close, bye]) == nil)
    #expect(try flaw(refuses, [hello, open, close, probe, bye]) != nil)
  }

  @Test
  func `tries the simple form`() throws {
    func simple(_ probe: String) -> String {
      "program() { case $1 in caps) printf 'name=sh\\nversion=1\\nprobe\\n' ;; "
        + "probe) \(probe) ;; *) exit 64 ;; esac; }; program"
    }
    #expect(try flaw(simple("exit 0")) == nil)
    #expect(try flaw(simple("exit 1")) == nil)
    #expect(try flaw(simple("echo io >&2; exit 10")) == nil)
    #expect(try flaw(simple("exit 10"))?.contains("line 3 (a file)") == true)
    #expect(try flaw(simple("echo reading"))?.contains("line 3 (a file)") == true)
  }
}
