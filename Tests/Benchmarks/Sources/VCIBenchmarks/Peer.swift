import CPeer
import Glibc

/// What the C checker finds.
struct PeerVerdict {
  let exitCode: Int32
  /// The broken rules with their classes, sorted.
  let findings: [(rule: String, ruleClass: String)]

  /// Checks the image in `bytes`.
  init(checking bytes: UnsafeRawBufferPointer) throws {
    var result = vci_peer_result()
    guard
      vci_peer_check(bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &result)
        == 0
    else { throw Failure("the C checker has no memory") }
    exitCode = result.exit_code
    let classes = [
      result.broken.0, result.broken.1, result.broken.2, result.broken.3, result.broken.4,
    ]
    var found: [(String, String)] = []
    for (number, rules) in classes.enumerated() {
      for rule in 0..<64 where rules >> UInt64(rule) & 1 != 0 {
        guard let id = vci_peer_rule_id(Int32(rule)), let name = vci_peer_class_name(Int32(number))
        else { throw Failure("the C checker found rule \(rule) of class \(number)") }
        found.append((String(cString: id), String(cString: name)))
      }
    }
    findings = found.sorted { $0 < $1 }
  }
}

/// Hands the bytes of a file to `body`, mapped into memory.
func withMappedFile<Result>(
  _ path: String, _ body: (UnsafeRawBufferPointer) throws -> Result
) throws -> Result {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { throw Failure.system(path) }
  defer { close(file) }
  var status = stat()
  guard fstat(file, &status) == 0 else { throw Failure.system(path) }
  let size = Int(status.st_size)
  // Nothing cannot be mapped.
  guard size > 0 else {
    return try withUnsafeBytes(of: UInt8(0)) { try body(.init(rebasing: $0[..<0])) }
  }
  guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0), start != MAP_FAILED else {
    throw Failure.system(path)
  }
  defer { munmap(start, size) }
  return try body(UnsafeRawBufferPointer(start: start, count: size))
}

/// Prints what the C checker finds in each file, a line of JSON each; answers whether all files
/// could be read.
func printVerdicts(of paths: [String]) -> Bool {
  var isComplete = true
  for path in paths {
    do {
      let verdict = try withMappedFile(path) { try PeerVerdict(checking: $0) }
      let findings = verdict.findings.map { "[\"\($0.rule)\",\"\($0.ruleClass)\"]" }
      print(
        "{\"image\": \(quoted(path)), \"exit\": \(verdict.exitCode), "
          + "\"findings\": [\(findings.joined(separator: ","))]}")
    } catch {
      isComplete = false
      fputs("benchmarks: \(error)\n", stderr)
    }
  }
  return isComplete
}

/// A string of JSON.
private func quoted(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": quoted += "\\\(scalar)"
    case "\u{0}"..<" ":
      let digits = String(scalar.value, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: quoted.unicodeScalars.append(scalar)
    }
  }
  return quoted + "\""
}
