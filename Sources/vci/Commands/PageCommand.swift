internal import ArgumentParser
internal import SystemPackage
internal import VCICommandLine
internal import VCIConformance
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat

/// Makes a page of a matrix.
struct PageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "page", abstract: "Makes a page of a matrix.json, to be read in a browser.",
    discussion: """
      The page is one file of HTML, which needs neither script nor network: who conforms, how many \
      programs agree, requirement by program, and each failure with its image, what was expected, what \
      came, and the line that runs it again. The same matrix makes the same page. It takes its name once \
      it is complete; an older one stays until then.

      Example: vci page matrix.json --output page.html

      Exit codes: 0 made, 1 not made: no matrix, or a file that cannot be read or written; 64 wrong \
      usage.
      """)

  @Argument(help: "The matrix.", transform: PathArgument.file)
  var matrix: FilePath

  @Option(
    help: "The file to write, or - for standard output; a regular file of that name is replaced.",
    transform: PathArgument.file)
  var output: FilePath

  func run() throws {
    guard ByteStream.isStandardOutput(output) || !output.isSameFile(as: matrix) else {
      throw ToolFailure.usage("--output names the matrix itself.")
    }
    let bytes: [UInt8]
    do throws(CorpusError) {
      bytes = try StoredFile.read(matrix, limit: Matrix.largestFile)
    } catch {
      throw ToolFailure(code: 1, kind: "storage", "\(error)")
    }
    let page: [UInt8]
    do throws(NotStarted) {
      page = try PageProgram.besideThis.page(of: bytes)
    } catch {
      throw ToolFailure(code: 1, kind: "matrix", "\(FileName(matrix)): \(error)")
    }
    try write(page)
  }

  private func write(_ page: [UInt8]) throws {
    do {
      guard let stream = try ByteStream(at: output) else {
        return try StoredFile.write(page, to: output)
      }
      try unsafe stream.write(page.span.bytes)
    } catch Errno.brokenPipe {
      throw ToolExit(1)
    } catch let error as CorpusError {
      throw ToolFailure(code: 1, kind: "storage", "\(error)")
    } catch {
      throw ToolFailure(
        code: 1, kind: "storage", "\(FileName(output)): cannot write: \(error)")
    }
  }
}
