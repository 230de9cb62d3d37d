internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIConformance
internal import VCIPages

/// The tool that `vci page` and `vci conform --report page.html` run: it stands on all of
/// Foundation, which would make every start of `vci` slower.
struct VCIPage: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vci-page", abstract: "Makes a page of a matrix, for vci.",
    discussion: """
      Reads a matrix.json from standard input and writes the page to standard output. vci page and \
      vci conform run it; it stands beside vci.

      Example: vci-page <matrix.json >page.html

      Exit codes: 0 made, 1 it is no matrix or could not be read; 64 wrong usage.
      """,
    version: "vci-page 0.1.0")

  func run() throws {
    let bytes = try input()
    let page: MatrixPage
    do throws(UnusableMatrix) {
      page = try MatrixPage(reading: bytes)
    } catch {
      throw ToolFailure(code: 1, kind: "matrix", "\(error)")
    }
    let html = try page.html()
    do throws(Errno) {
      try unsafe ByteStream(at: "-")?.write(html.span.bytes)
    } catch {
      guard error != .brokenPipe else { throw ToolExit(1) }
      throw ToolFailure(code: 1, kind: "storage", "cannot write: \(error)")
    }
  }

  /// Reads standard input to its end, or one byte more than a matrix may have.
  private func input() throws -> [UInt8] {
    var (bytes, piece): ([UInt8], [UInt8]) = ([], [UInt8](repeating: 0, count: 1 << 16))
    do {
      while bytes.count <= Matrix.largestFile {
        let count = try unsafe piece.withUnsafeMutableBytes {
          try unsafe FileDescriptor.standardInput.read(into: $0)
        }
        guard count > 0 else { break }
        bytes += piece[..<count]
      }
    } catch {
      throw ToolFailure(code: 1, kind: "storage", "cannot read: \(error)")
    }
    return bytes
  }
}
