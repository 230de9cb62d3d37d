import Foundation
import Glibc
import SystemPackage
import Testing
import VCIFormat
import VCIReference

struct `The example of the README` {
  private let state = ImageUUID(high: 0x0123_4567_89ab_4def, low: 0x8123_4567_89ab_cdef)

  /// Runs `body` with the name of a file that is not there, and removes it afterwards.
  private func withFile(_ body: (FilePath) throws -> Void) throws {
    let path = FilePath("/tmp/vci-example-\(UUID().uuidString).vci")
    defer { _ = unsafe path.withPlatformString { unsafe unlink($0) } }
    try body(path)
  }

  /// So many blocks of bytes of which each block has its own.
  private func blocks(_ count: Int) -> [UInt8] {
    (0..<count).flatMap { block in [UInt8](repeating: UInt8(block % 251), count: 512) }
  }

  @Test
  func `reads what it wrote`() throws {
    try withFile { path in
      let bytes = blocks(1000)
      #expect(try fillCache(at: path, with: bytes, state: state).isEmpty)
      var asked: [[UInt64]] = []
      let read = try readCache(at: path, count: 1010, state: state) { block, count in
        asked.append([block, count])
        return [UInt8](repeating: 255, count: Int(count) * 512)
      }
      #expect(read == bytes + [UInt8](repeating: 255, count: 10 * 512))
      #expect(asked == [[1000, 10]])
    }
  }

  @Test
  func `is told what a full cache loses`() throws {
    try withFile { path in
      let bytes = blocks(5000)
      let losses = try fillCache(at: path, with: bytes, state: state)
      #expect(losses.reduce(0) { $0 + $1.count.rawValue } >= 5000 - 4096 + 12)
      let read = try readCache(at: path, count: 5000, state: state) { block, count in
        Array(bytes[Int(block) * 512..<Int(block + count) * 512])
      }
      #expect(read == bytes)
    }
  }

  @Test
  func `refuses a cache of another state of the disk`() throws {
    try withFile { path in
      _ = try fillCache(at: path, with: blocks(1), state: state)
      #expect(throws: ImageError.notUpToDate(expected: .nil, found: state)) {
        try readCache(at: path, count: 1, state: .nil) { _, _ in [] }
      }
    }
  }

  @Test
  func `is what the README shows`() throws {
    let tests = URL(filePath: #filePath).deletingLastPathComponent()
    let readme = try String(
      contentsOf: tests.appending(path: "../../../README.md"), encoding: .utf8)
    let name = "Tests/VCIReferenceTests/Image/LibraryExample.swift"
    let mark = "<!-- source: \(name) -->\n```swift\n"
    let shown = try #require(readme.range(of: mark)).upperBound
    let end = try #require(readme[shown...].range(of: "```\n")).lowerBound
    let source = try String(
      contentsOf: tests.appending(path: "LibraryExample.swift"), encoding: .utf8)
    #expect(readme[shown..<end] == source)
  }
}
