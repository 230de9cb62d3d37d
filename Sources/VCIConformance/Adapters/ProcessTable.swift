internal import Glibc
internal import SystemPackage

/// What the system tells of processes, in `/proc`.
enum ProcessTable {
  /// Returns the bytes that a process had in memory at most; `nil` if the system does not say.
  static func mostResidentBytes(of id: pid_t) -> UInt64? {
    for line in lines(FilePath("/proc/\(id)/status")) where line.hasPrefix("VmHWM:") {
      let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
      return words.count > 1 ? UInt64(words[1]).map { $0 * 1024 } : nil
    }
    return nil
  }

  /// Returns the children of a process.
  static func children(of id: pid_t) -> [pid_t] {
    lines(FilePath("/proc/\(id)/task/\(id)/children")).flatMap { line in
      line.split(separator: " ").compactMap { pid_t($0) }
    }
  }

  private static func lines(_ path: FilePath) -> [Substring] {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else {
      return []
    }
    defer { try? file.close() }
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = unsafe bytes.withUnsafeMutableBytes { (try? unsafe file.read(into: $0)) ?? 0 }
    return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n")
  }
}
