import CPeer
import Glibc
import SystemPackage
import Tables
import VCIChecker
import VCIReference

/// One check of one file, as a child process prints it.
struct TimedCheck {
  /// In seconds, from the opening of the file on.
  let processorTime: Double
  let time: Double
  /// Pages of files that the process has in memory at the end, in bytes: a mapped image is there.
  let mappedMemory: Int
  /// What the checker says of the image.
  let verdict: String

  init(reading line: String) throws {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count == 4, let processorTime = Double(words[0]), let time = Double(words[1]),
      let mappedMemory = Int(words[2])
    else { throw Failure("not a check: \(line)") }
    self.processorTime = processorTime
    self.time = time
    self.mappedMemory = mappedMemory
    verdict = String(words[3])
  }
}

/// Checks a file and prints what `TimedCheck` reads.
func printCheck(by checker: Options.CheckerName, of path: String) throws {
  let start = Moment()
  switch checker {
  case .none: printCheck(from: start, "none")
  case .swift:
    let storage = try FileStorage(reading: FilePath(path))
    let report = try Checker().check(storage)
    printCheck(from: start, "\(report.verdict)")
  case .c:
    try withMappedFile(path) { printCheck(from: start, peerVerdict(on: $0)) }
  case .cAgain:
    try withMappedFile(path) { bytes in
      _ = peerVerdict(on: bytes)
      let again = Moment()
      printCheck(from: again, peerVerdict(on: bytes))
    }
  }
}

private func peerVerdict(on bytes: UnsafeRawBufferPointer) -> String {
  var result = vci_peer_result()
  let code = vci_peer_check(
    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &result)
  guard code == 0 else { return "failed" }
  return result.exit_code == 0 ? "clean" : "exit-\(result.exit_code)"
}

private func printCheck(from start: Moment, _ verdict: String) {
  let end = Moment()
  print(
    end.processorTime - start.processorTime, end.time - start.time, mappedMemory(), verdict)
}

/// What the clocks say now.
private struct Moment {
  let processorTime = VCIBenchmarks.processorTime()
  let time = wallTime()
}

/// The pages of files that this process has in memory, in bytes.
private func mappedMemory() -> Int {
  guard let file = fopen("/proc/self/status", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  while fgets(&line, Int32(line.count), file) != nil {
    let text = String(cString: line)
    guard text.hasPrefix("RssFile:") else { continue }
    return text.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
      .map { $0 * 1024 } ?? 0
  }
  return 0
}

/// A program that checks an image, and what its runs took.
private struct Contestant {
  let name: String
  let run: () throws -> (check: TimedCheck, peakMemory: Int)
  var times: [Double] = []
  var wallTimes: [Double] = []
  var peaks: [Double] = []
  var mapped: [Double] = []
  var verdict = ""

  /// Whether one run took so long that it is not worth another.
  var isSlow: Bool { wallTimes.contains { $0 > 5 } }

  mutating func take() throws {
    let (check, peakMemory) = try run()
    times.append(check.processorTime)
    wallTimes.append(check.time)
    peaks.append(Double(peakMemory))
    mapped.append(Double(check.mappedMemory))
    verdict = check.verdict
  }
}

/// How often each program checks each large image.
private let rounds = 5

/// Prints time and memory of checks of large images, each check in a process of its own.
func measureLargeImages(extents: [Int], _ parts: Set<Options.Part>) throws {
  let hasQemu = parts.contains(.qemu) && Qemu.isThere()
  if parts.contains(.qemu), !hasQemu {
    print("qemu-img check: left out, since there is no qemu-img or python3 to be run\n")
  }
  let empty = try check(by: .none, of: "/dev/null")
  let idle = empty.peakMemory - empty.check.mappedMemory
  guard hasQemu || parts.contains(.large) else { return }
  for shape in [TreeImage.Shape.packed, .scattered] {
    for count in extents {
      try withTemporaryFolder { folder in
        var contestants: [Contestant] = []
        let image = "\(folder)/image.vci"
        let disk = "\(folder)/image.qcow2"
        defer { unlink(image); unlink(disk) }
        if parts.contains(.large) {
          try expectSuccess(
            ChildProcess.beside(nil), ["--make", shape.rawValue, "\(count)", image])
          contestants += [Options.CheckerName.swift, .c, .cAgain].map { checker in
            Contestant(name: checker.rawValue) { try check(by: checker, of: image) }
          }
        }
        if hasQemu {
          try Qemu.make(shape, clusters: count, at: disk)
          contestants += Qemu.caches.map { cache in
            Contestant(name: cache.name) { try Qemu.check(disk, cache) }
          }
        }
        for _ in 0..<rounds {
          for index in contestants.indices where !contestants[index].isSlow {
            try contestants[index].take()
          }
        }
        show(contestants, "\(shape), \(count) extents", count, idle: idle)
      }
    }
  }
}

/// Prints the medians; a process's own memory is without the pages of files, and without what a
/// process takes that checks nothing; that of qemu-img is all of it.
private func show(_ contestants: [Contestant], _ title: String, _ count: Int, idle: Int) {
  var table = Table(
    title, ["cpu ms", "wall ms", "to c", "peak MiB", "own MiB", "own B/extent", "verdict"])
  let base = contestants.first { $0.name == "c" }.map { median($0.times) }
  for contestant in contestants {
    let time = median(contestant.times)
    let peak = median(contestant.peaks)
    let isOurs = Options.CheckerName(rawValue: contestant.name) != nil
    let own = isOurs ? max(0, peak - median(contestant.mapped) - Double(idle)) : peak
    table.add(
      contestant.name,
      [
        fixed(time * 1e3, 1), fixed(median(contestant.wallTimes) * 1e3, 1),
        base.map { fixed(time / $0, 2) } ?? "-", fixed(peak / 1_048_576, 1),
        fixed(own / 1_048_576, 1), fixed(own / Double(count), 1), contestant.verdict,
      ])
  }
  table.print()
}

private func check(
  by checker: Options.CheckerName, of path: String
) throws -> (check: TimedCheck, peakMemory: Int) {
  let child = try expectSuccess(ChildProcess.beside(nil), ["--one", checker.rawValue, path])
  return (try TimedCheck(reading: child.output), child.peakMemory)
}

/// Runs a program that must exit with 0.
@discardableResult
func expectSuccess(_ program: String, _ arguments: [String]) throws -> ChildProcess {
  let child = try ChildProcess(running: program, arguments)
  guard child.exitCode == 0 else {
    throw Failure("\(program) \(arguments.joined(separator: " ")): \(child.output)")
  }
  return child
}
