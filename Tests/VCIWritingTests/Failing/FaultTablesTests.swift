import SystemPackage
import Testing
import VCIFormat
import VCIReference
import VCIReferenceTesting

struct `The tables of Specs/FaultClasses.md` {
  /// The lines of the table that follows a heading.
  private func table(after heading: String) throws -> [String] {
    let root = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let storage = try FileStorage(reading: FilePath("/\(root)/Specs/FaultClasses.md"))
    var bytes = [UInt8](repeating: 0, count: Int(try storage.byteCount()))
    var span = bytes.mutableSpan
    var buffer = unsafe span.mutableBytes
    #expect(try storage.read(at: 0, into: &buffer) == buffer.byteCount)
    let lines = String(decoding: bytes, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let start = try #require(lines.firstIndex(of: heading))
    return Array(lines[start...].drop { !$0.hasPrefix("|") }.prefix { $0.hasPrefix("|") })
  }

  /// Expects that the document has a table; otherwise says what to put there.
  private func expect(_ table: [String], after heading: String) throws {
    let isSame = try self.table(after: heading) == table
    #expect(
      isSame, "\(heading): the table is to be\n\(table.joined(separator: "\n"))")
  }

  @Test(.timeLimit(.minutes(30)))
  func `Calls that failed`() throws {
    try expect(try FailedCallCounts().table, after: "### Calls that failed")
  }

  @Test(.timeLimit(.minutes(30)))
  func `Damage by a write`() throws {
    try expect(try SilentFaults().table, after: "### Damage by a write")
  }

  @Test(.timeLimit(.minutes(30)))
  func `Rot of a byte`() throws {
    var image = try RottenImage()
    // Every byte has one name.
    let named = image.regions.flatMap(\.bytes)
    #expect(named.count == image.bytes.count && Set(named).count == named.count)
    image.rot()
    try expect(image.table, after: "### Rot of a byte")
  }
}
