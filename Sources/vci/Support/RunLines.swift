internal import VCICommandLine
internal import VCIFormat
internal import VCIReference

/// Writes a line for each run of disk blocks, after joining adjacent runs in the same state.
final class RunLines {
  /// The state of a run's blocks.
  enum State: String, Encodable {
    case hit, miss
    case written, discarded, evicted, dropped
    case differs
  }

  private struct Run: Encodable {
    let block, count: String
    let state: State
  }

  private let json: Bool
  private let lines: OutputLines
  private var last: (state: State, block: UInt64, count: UInt64)?

  /// Makes a writer to `lines`, in JSON or as text.
  init(_ lines: OutputLines, json: Bool) {
    self.lines = lines
    self.json = json
  }

  /// Adds a run, and writes the run before it unless the two can be joined.
  func add(_ state: State, _ block: BlockOffset, _ count: BlockCount) {
    if let last, last.state == state, last.block &+ last.count == block.rawValue {
      // The sum does not overflow: only a run from block 2^54 on can be that long, and no run
      // follows it.
      self.last?.count += count.rawValue
    } else {
      finish()
      last = (state, block.rawValue, count.rawValue)
    }
  }

  /// Adds a run of blocks that were lost.
  func add(_ loss: Loss) {
    add(loss.cause == .evicted ? .evicted : .dropped, loss.offset, loss.count)
  }

  /// Writes that `count` blocks are refused because of damage. Only JSON says so: text ends with
  /// the error.
  func refuse(_ block: BlockOffset, _ count: BlockCount, for violation: Violation) {
    finish()
    guard json else { return }
    lines.write(Refusal(block, count, for: violation).line)
  }

  /// Writes the run that was added last, if it is not written yet.
  func finish() {
    guard let last else { return }
    self.last = nil
    if json {
      let run = Run(block: "\(last.block)", count: "\(last.count)", state: last.state)
      lines.write(String(Output.json(run).dropLast()))
    } else {
      lines.write("\(last.state.rawValue) \(last.block) \(last.count)")
    }
  }

  /// Writes the run that was added last, and all buffered lines.
  func flush() {
    finish()
    lines.flush()
  }
}
