internal import FoundationEssentials
internal import SystemPackage

/// A message of a job to its campaign: a line of JSON.
enum JobMessage: Codable, Hashable, Sendable {
  /// It has run what it was given.
  case ready
  /// It has found something.
  case found(FoundCase)
}

/// A job's end of the pipes between it and its campaign.
struct JobLink {
  /// The board.
  let board: JobBoard
  /// The job's slot on it.
  let slot: Int
  /// What the campaign gives: ranges of iterations, each two words.
  let ranges: FileDescriptor
  /// What the job tells.
  let messages: FileDescriptor

  /// Tells the campaign.
  ///
  /// - Throws: `Errno` if it is gone.
  func send(_ message: JobMessage) throws {
    try messages.writeAll(try JSONEncoder().encode(message) + [UInt8(ascii: "\n")])
  }

  /// Waits for the iterations to run; `nil` if there are no more.
  func nextRange() throws -> Range<UInt64>? {
    try send(.ready)
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

  /// The bytes from which `nextRange` reads `range`.
  static func bytes(of range: Range<UInt64>) -> [UInt8] {
    unsafe [range.lowerBound, range.upperBound].withUnsafeBytes { unsafe Array($0) }
  }
}

/// Splits pieces of a text into whole lines.
struct LineBuffer {
  private var rest: [UInt8] = []

  /// Takes a piece. Returns the lines that are complete now.
  mutating func take(_ piece: some Collection<UInt8>) -> [[UInt8]] {
    rest += piece
    guard let last = rest.lastIndex(of: UInt8(ascii: "\n")) else { return [] }
    let lines = rest[..<last].split(separator: UInt8(ascii: "\n")).map { Array($0) }
    rest.removeSubrange(...last)
    return lines
  }
}
