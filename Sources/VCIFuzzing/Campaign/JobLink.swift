internal import FoundationEssentials
package import SystemPackage

/// A message of a job to its campaign: a line of JSON.
enum JobMessage: Codable, Hashable, Sendable {
  /// The job waits for its next range.
  case ready
  /// The job has found a case with discrepancies.
  case found(FoundCase)
}

/// A job's end of the pipes between it and its campaign.
package struct JobLink {
  let board: JobBoard
  /// The slot of the job on the board.
  let slot: Int
  /// The pipe from the campaign: ranges of iterations, each as two words.
  let ranges: FileDescriptor
  /// The pipe to the campaign: messages, each as a line of JSON.
  let messages: FileDescriptor

  /// Sends a message to the campaign.
  ///
  /// - Throws: `Errno` if the process of the campaign has ended.
  func send(_ message: JobMessage) throws {
    try messages.writeAll(try JSONEncoder().encode(message) + [UInt8(ascii: "\n")])
  }

  /// Requests the next iterations, and waits for them. Returns `nil` if there are no more.
  func nextRange() throws -> Range<UInt64>? {
    try send(.ready)
    return try Self.range(from: ranges)
  }

  /// Waits for a range in a pipe. Returns `nil` at its end.
  package static func range(from ranges: FileDescriptor) throws -> Range<UInt64>? {
    var bytes = [UInt8](repeating: 0, count: 16)
    var done = 0
    while done < bytes.count {
      let count = try unsafe bytes.withUnsafeMutableBytes {
        try unsafe ranges.read(into: UnsafeMutableRawBufferPointer(rebasing: $0[done...]))
      }
      if count == 0 { return nil }
      done += count
    }
    let words = unsafe bytes.withUnsafeBytes { unsafe $0.bindMemory(to: UInt64.self).map(\.self) }
    return words[0]..<words[1]
  }

  /// Returns the bytes of `range` for the pipe that `nextRange` reads.
  static func bytes(of range: Range<UInt64>) -> [UInt8] {
    unsafe [range.lowerBound, range.upperBound].withUnsafeBytes { unsafe Array($0) }
  }
}

/// Splits pieces of a text into whole lines.
struct LineBuffer {
  private var rest: [UInt8] = []

  /// Adds a piece. Returns the lines that it completes.
  mutating func take(_ piece: some Collection<UInt8>) -> [[UInt8]] {
    rest += piece
    guard let last = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let lines = rest[..<last].split(separator: UInt8(ascii: "\n")).map { Array($0) }
    rest.removeSubrange(...last)
    return lines
  }
}
