import Foundation
import VCITesting

/// A new folder for the files of one test; it goes when the test is over.
final class TestFolder {
  let path: String

  init() throws {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "vci-tests-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
    path = folder.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The bytes of a file of the package.
  static func stored(_ path: String) throws -> [UInt8] {
    var package = URL(filePath: #filePath)
    for _ in 0..<4 { package.deleteLastPathComponent() }
    return [UInt8](try Data(contentsOf: package.appending(path: path)))
  }

  /// The names of the files in it, sorted.
  var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
  }

  /// The bytes of a file.
  func bytes(of name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: "\(path)/\(name)")))
  }

  /// Stores bytes as a file.
  func put(_ bytes: [UInt8], as name: String) throws {
    try Data(bytes).write(to: URL(filePath: "\(path)/\(name)"))
  }

  /// Stores a clean image of three extents, some of its bytes replaced.
  func putImage(_ name: String, changing bytes: [Int: UInt8] = [:]) throws {
    var image = HandmadeImage.three
    for (offset, byte) in bytes { image.bytes[offset] = byte }
    try put(image.bytes, as: name)
  }
}
