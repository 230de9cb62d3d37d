// The reference implementation as an adapter of the test port, in the session form.

internal import Glibc
internal import SystemPackage

/// Writes a line to standard error, and ends the program.
func stop(_ code: Int32, _ message: String) -> Never {
  _ = try? FileDescriptor.standardError.writeAll("vci-swift-sample: \(message)\n".utf8)
  exit(code)
}

/// Where answers go: to the descriptor that `VCI_PORT_FD` names, else to standard output.
func answers() -> FileDescriptor {
  guard let text = unsafe getenv("VCI_PORT_FD").map({ unsafe String(cString: $0) }) else {
    return .standardOutput
  }
  guard let number = Int32(text), number >= 0 else {
    stop(EX_DATAERR, "VCI_PORT_FD is no descriptor")
  }
  return FileDescriptor(rawValue: number)
}

guard CommandLine.arguments.dropFirst() == ["session"] else {
  stop(EX_USAGE, "it speaks the session form alone; usage: vci-swift-sample session")
}
var session = Session(ReferenceProgram(), answers: answers())
do {
  exit(try session.run() ? 0 : 1)
} catch {
  _ = session.closeAll()
  stop(EX_DATAERR, "a line that is no request: \(error)")
}
