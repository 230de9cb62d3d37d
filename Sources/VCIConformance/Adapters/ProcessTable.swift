internal import CLinux
internal import FoundationEssentials
internal import Glibc
internal import Synchronization
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

  /// Returns the times of all threads of these processes, as far as the system tells them.
  static func processorTimes(of ids: [pid_t]) -> [pid_t: ProcessorTime] {
    var times: [pid_t: ProcessorTime] = [:]
    for id in ids {
      for thread in threads(of: id) {
        // Nanoseconds that it ran and waited, and how often it ran.
        let line = lines(FilePath("/proc/\(id)/task/\(thread)/schedstat")).first
        let words = line?.split(separator: " ")
        guard let words, words.count == 3, let ran = Int(words[0]), let waited = Int(words[1])
        else { continue }
        times[thread] = ProcessorTime(ran: ran / 1_000_000, waited: waited / 1_000_000)
      }
    }
    return times
  }

  private static func threads(of id: pid_t) -> [pid_t] {
    let names = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(id)/task")
    return names?.compactMap { pid_t($0) } ?? []
  }

  /// Returns the children of a process, those of all its threads.
  static func children(of id: pid_t) -> [pid_t] {
    threads(of: id).flatMap { thread in
      lines(FilePath("/proc/\(id)/task/\(thread)/children")).flatMap { line in
        line.split(separator: " ").compactMap { pid_t($0) }
      }
    }
  }

  /// Returns the processes that these began, directly or not, and these; at most `most`.
  static func families(of ids: [pid_t], most: Int) -> [pid_t] {
    var found = ids
    var next = 0
    while next < found.count, found.count < most {
      found += children(of: found[next]).filter { !found.contains($0) }
      next += 1
    }
    return found
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

/// Processes that adapters left behind: their parents have ended, and they left their group.
enum Orphans {
  /// The children that this process had before; `nil` if it is not the parent of orphans.
  private static let others = Mutex<Set<pid_t>?>(nil)
  /// The processes of adapters that are at work. Several programs may be asked by turns.
  private static let atWork = Mutex<Set<pid_t>>([])

  /// Notes that the process of an adapter was started.
  static func note(started id: pid_t) { atWork.withLock { _ = $0.insert(id) } }

  /// Notes that the process of an adapter has ended.
  static func note(ended id: pid_t) { atWork.withLock { _ = $0.remove(id) } }

  /// Makes this process the parent of processes that its children leave behind. From now on it may
  /// begin no processes but adapters, since all that are left are ended.
  static func adopt() {
    guard linuxAdoptOrphans() == 0 else { return }
    others.withLock { $0 = Set(ProcessTable.children(of: getpid())) }
  }

  /// Returns the processes that were left behind by the process `id`, or by those of other
  /// adapters.
  static func left(by id: pid_t) -> [pid_t] {
    guard let others = others.withLock(\.self) else { return [] }
    let known = others.union(atWork.withLock(\.self))
    return ProcessTable.children(of: getpid()).filter { $0 != id && !known.contains($0) }
  }

  /// Ends all that was left behind. What these leave behind becomes a child in turn.
  static func end() {
    // A process that begins others faster than they are ended is left to its limits in the end.
    for _ in 0..<1000 {
      let children = left(by: 0)
      guard !children.isEmpty else { return }
      for child in children {
        kill(-child, SIGKILL)
        kill(child, SIGKILL)
      }
      for child in children {
        var status: Int32 = 0
        for _ in 0..<100 where unsafe waitpid(child, &status, WNOHANG) == 0 { usleep(500) }
      }
    }
  }
}
