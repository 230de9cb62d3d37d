internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// Writes a line for each run of disk blocks, after joining adjacent runs of the same kind.
final class RunLines {
  /// What a line reports of its run.
  enum Kind: String, Encodable {
    case hit, miss
    case written, discarded, evicted, dropped
  }

  private struct Run: Encodable {
    let kind: Kind
    let block, count: String
  }

  private let json: Bool
  private let lines: OutputLines
  private var last: (kind: Kind, block: UInt64, count: UInt64)?

  /// Makes a writer to `lines`, in JSON or as text.
  init(_ lines: OutputLines, json: Bool) {
    self.lines = lines
    self.json = json
  }

  /// Adds a run, and writes the run before it unless the two can be joined.
  func add(_ kind: Kind, _ block: BlockOffset, _ count: BlockCount) {
    if let last, last.kind == kind, last.block &+ last.count == block.rawValue {
      // The sum does not overflow: only a run from block 2^54 on can be that long, and no run
      // follows it.
      self.last?.count += count.rawValue
    } else {
      finish()
      last = (kind, block.rawValue, count.rawValue)
    }
  }

  /// Adds a run of blocks that were lost.
  func add(_ loss: Loss) {
    add(loss.cause == .evicted ? .evicted : .dropped, loss.offset, loss.count)
  }

  /// Writes the run that was added last, if it is not written yet.
  func finish() {
    guard let last else { return }
    self.last = nil
    if json {
      let run = Run(kind: last.kind, block: "\(last.block)", count: "\(last.count)")
      lines.write(String(Output.json(run).dropLast()))
    } else {
      lines.write("\(last.kind.rawValue) \(last.block) \(last.count)")
    }
  }

  /// Writes the run that was added last, and all buffered lines.
  func flush() {
    finish()
    lines.flush()
  }
}
