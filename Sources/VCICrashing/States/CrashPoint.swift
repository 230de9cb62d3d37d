internal import VCIFuzzing

/// A moment of a trace at which a crash is tried: after some steps of an epoch.
struct CrashPoint: Hashable {
  /// The number of steps of the epoch that were asked for.
  let step: Int
  /// How many operations have returned after which all that they and those before them changed is
  /// durable, with those between them; the last of these is counted.
  let settled: Int
  /// How many operations have begun.
  let begun: Int
}

/// An epoch of a trace, with the moments in it that are to be tried.
struct TracedEpoch {
  var epoch: Epoch
  /// The moments, in order. Those of one phase are next to each other.
  var points: [CrashPoint] = []
  /// The addresses of block 0 as it was written, each with the number of steps before.
  var switches: [Int] = []
}

extension DiskTrace {
  /// Splits the trace into epochs, with the moments in operations from `first` on.
  ///
  /// `settles` tells of each operation whether it has made durable what was done before it returns.
  func epochs(from first: Int, settles: [Bool]) -> [TracedEpoch] {
    var cutter = EpochCutter(initial, first: first, settles: settles)
    for event in events { cutter.take(event) }
    return cutter.finished
  }
}

/// Splits a trace into epochs.
private struct EpochCutter {
  private var done: [TracedEpoch] = []
  private var current: TracedEpoch
  private let first: Int
  private let settles: [Bool]
  private var settled = 0
  private var begun = 0

  init(_ initial: [UInt8], first: Int, settles: [Bool]) {
    current = TracedEpoch(epoch: Epoch(after: initial))
    self.first = first
    self.settles = settles
  }

  /// The epochs that have moments to be tried.
  var finished: [TracedEpoch] { (done + [current]).filter { !$0.points.isEmpty } }

  mutating func take(_ event: DiskTrace.Event) {
    switch event {
    case .begin(let operation):
      begun = operation + 1
      // What is found when nothing of the first operation was done.
      if operation == first { note() }
    case .end(let operation):
      guard operation < settles.count, settles[operation] else { return }
      settled = operation + 1
      note()
    case .flush:
      let bytes = current.epoch.steps.isEmpty ? current.epoch.durable : current.epoch.whole
      done.append(current)
      current = TracedEpoch(epoch: Epoch(after: bytes))
      note()
    case .setLength(let length):
      add { $0.setLength(Int(clamping: length)) }
    case .write(let offset, let bytes):
      let before = current.epoch.steps.count
      add { $0.write(bytes, at: Int(clamping: offset)) }
      if offset < 512, !bytes.isEmpty { current.switches.append(before) }
    }
  }

  /// Adds a request, and the moments after each of its parts.
  private mutating func add(_ request: (inout Epoch) -> Void) {
    let before = current.epoch.steps.count
    request(&current.epoch)
    guard begun > first, before < current.epoch.steps.count else { return }
    for step in before + 1...current.epoch.steps.count {
      current.points.append(CrashPoint(step: step, settled: settled, begun: begun))
    }
  }

  private mutating func note() {
    guard begun > first else { return }
    current.points.append(
      CrashPoint(step: current.epoch.steps.count, settled: settled, begun: begun))
  }
}
