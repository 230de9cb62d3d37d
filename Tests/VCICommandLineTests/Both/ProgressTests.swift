import Testing

@testable import VCICommandLine

struct `A progress bar` {
  @Test(
    arguments: [
      (0, 1024, 2, "[....................] 0 %, 0.0 KiB of 1.0 KiB, 0.0 KiB/s"),
      (512, 1024, 1, "[##########..........] 50 %, 0.5 KiB of 1.0 KiB, 0.5 KiB/s"),
      (1023, 1024, 1, "[###################.] 99 %, 0.9 KiB of 1.0 KiB, 0.9 KiB/s"),
      (1024, 1024, 2, "[####################] 100 %, 1.0 KiB of 1.0 KiB, 0.5 KiB/s"),
      (
        3 << 20, 12 << 30, 2,
        "[....................] 0 %, 3.0 MiB of 12.0 GiB, 1.5 MiB/s"
      ),
      (
        .max, .max, 1, "[####################] 100 %, 15.9 EiB of 15.9 EiB, 15.9 EiB/s"
      ),
    ] as [(UInt64, UInt64, Int, String)])
  func `says percent, amount and rate`(
    done: UInt64, total: UInt64, seconds: Int, text: String
  ) {
    #expect(
      "\(ProgressText(done, of: total, in: .bytes, after: .seconds(seconds)))" == text)
  }

  @Test
  func `counts things by name`() {
    let text = ProgressText(30, of: 40, in: .things("images"), after: .seconds(3))
    #expect("\(text)" == "[###############.....] 75 %, 30 images of 40 images, 10 images/s")
  }

  @Test(arguments: [nil, 0, 99] as [UInt64?])
  func `is none where the total is unknown, nothing or passed`(total: UInt64?) {
    let text = ProgressText(100, of: total, in: .things("blocks"), after: .milliseconds(500))
    #expect("\(text)" == "100 blocks, 200 blocks/s")
  }

  @Test
  func `takes no time for none at all`() {
    let text = ProgressText(1 << 20, of: nil, in: .bytes, after: .zero)
    #expect("\(text)" == "1.0 MiB, 1000.0 MiB/s")
  }
}

struct `Progress` {
  /// Runs a line of shell on a terminal of its own; `$1` is the tool.
  private func onTerminal(
    _ line: String, in folder: TestFolder, prefix: String = ""
  ) async throws -> Tool.Outcome {
    try folder.put(Array(line.utf8), as: "line")
    return try await Tool.vci.shell(
      "\(prefix) script -qec \"sh ./line '$0'\" /dev/null", in: folder)
  }

  /// Writes 2 MiB from a pipe that stops for longer than a second in between.
  private let slowWrite = """
    (head -c 1M /dev/zero; sleep 1.2; head -c 1M /dev/zero) | "$1" write image.vci --block 0
    """

  private func folderWithImage() async throws -> TestFolder {
    let folder = try TestFolder()
    _ = try await Tool.vci.run("create", "image.vci", "--size", "8MiB", in: folder)
    return folder
  }

  @Test
  func `is shown on a terminal after a second, and taken away`() async throws {
    let shown = try await onTerminal(slowWrite, in: try await folderWithImage())
    #expect(shown.code == 0)
    #expect(shown.output.contains("\r\u{1b}[Kimage.vci: 2.0 MiB, "))
    #expect(shown.output.contains("\r\u{1b}[Kwritten 0 4096"))
  }

  @Test
  func `is not shown in a pipe, on a terminal that cannot, and in the first second`() async throws {
    let folder = try await folderWithImage()
    let piped = try await onTerminal("(\(slowWrite)) 2>&1 | cat", in: folder)
    #expect(!piped.output.contains("\u{1b}"))
    let dumb = try await onTerminal(slowWrite, in: folder, prefix: "TERM=dumb")
    #expect(!dumb.output.contains("\u{1b}"))
    let quick = try await onTerminal(
      "head -c 1M /dev/zero | \"$1\" write image.vci --block 0", in: folder)
    #expect(quick.output.contains("written 0 2048"))
    #expect(!quick.output.contains("\u{1b}"))
  }

  @Test
  func `has no colour`() async throws {
    let shown = try await onTerminal(slowWrite, in: try await folderWithImage())
    // Of all sequences there is but the one that clears a line.
    #expect(shown.output.split(separator: "\u{1b}").dropFirst().allSatisfy { $0.hasPrefix("[K") })
  }
}
