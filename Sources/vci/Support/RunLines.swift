internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// Lines of longest runs of disk blocks: what follows its like is one run with it.
final class RunLines {
  /// What is said of a run.
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

  /// Makes it for `lines`, to be text or JSON.
  init(_ lines: OutputLines, json: Bool) {
    self.lines = lines
    self.json = json
  }

  /// Tells of a run.
  func add(_ kind: Kind, _ block: BlockOffset, _ count: BlockCount) {
    if let last, last.kind == kind, last.block &+ last.count == block.rawValue {
      // A run of blocks from 2^54 on may be as long as 64 bits count, but it is never followed.
      self.last?.count += count.rawValue
    } else {
      finish()
      last = (kind, block.rawValue, count.rawValue)
    }
  }

  /// Tells of blocks that were lost.
  func add(_ loss: Loss) {
    add(loss.cause == .evicted ? .evicted : .dropped, loss.offset, loss.count)
  }

  /// Writes the run that is not written yet.
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

  /// Writes all that is not written yet.
  func flush() {
    finish()
    lines.flush()
  }
}
