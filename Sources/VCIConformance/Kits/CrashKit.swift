internal import FoundationEssentials
internal import Glibc
internal import SystemPackage
internal import VCICorpus
internal import VCICrashing
internal import VCIFiles
internal import VCIFormat
internal import VCIFuzzing

/// A folder that shows a state after a crash that is wrong, without this suite: the image as the
/// crash leaves it, what led to it, and a shell script that has the program open and read it.
struct CrashKit {
  let folder: FilePath
  let test: String
  let plan: CrashPlan
  let failure: TestFailure
  let finding: ForeignFinding
  let trace: [UInt8]
  /// Whether the program opens and reads images.
  let isRead: Bool
  /// Whether the program speaks the session form.
  let isSession: Bool
  /// The numbers of steps before and after the workload was made smaller.
  let steps: (before: Int, after: Int)

  private static let (state, start, traceName) = ("state.vci", "image.vci", "trace")
  private static let durable = "durable.vci"
  private static let requests = "requests.jsonl"

  /// Writes the files.
  ///
  /// - Throws: `CorpusError`.
  func write() throws(CorpusError) {
    try StoredFile.makeFolder(folder)
    if hasState { try put(finding.bytes, Self.state) }
    try put(trace, Self.traceName)
    if case .image(let start) = plan.start {
      try put(start.bytes, Self.start)
      if let inherited = start.inherited { try put(inherited.trace.initial, Self.durable) }
    }
    if let block = finding.block {
      if let served = block.served { try put(served, KitRecorder.wrongName) }
      for version in block.versions { try put(right(block.number, version), name(of: version)) }
    }
    if isRead, isSession { try put(Array(requestLines.utf8), Self.requests) }
    try put(Array(readme.utf8), "README.txt")
    try put(Array(script.utf8), Kit.script)
    _ = unsafe folder.appending(Kit.script).withPlatformString { unsafe chmod($0, 0o755) }
  }

  /// Whether the crash leaves a file.
  private var hasState: Bool { finding.flaw.kind != .noName }

  private func put(_ bytes: [UInt8], _ name: String) throws(CorpusError) {
    try StoredFile.write(bytes, to: folder.appending(name))
  }

  private func right(_ block: UInt64, _ version: UInt32) -> [UInt8] {
    VersionedBlock.bytes(of: block, count: 1, version: version)
  }

  private func name(of version: UInt32) -> String { "right-\(version).bin" }

  private var readme: String {
    """
    \(failure.kind.rawValue) in \(failure.area.rawValue), \(failure.requirement); test \(test)

    request:  \(failure.request)
    expected: \(failure.expected)
    got:      \(failure.got)

    \(failure.requirement) is a clause of Specs/VCI.md, "Requirements for writers"; "Disk model" there says what a crash
    may leave.

    \(stateWords) The workload, in words (write BLOCK+COUNT = NUMBER OF THE WRITE):
      \(plan.words)
    It was made smaller: from \(steps.before) to \(steps.after) steps.\(inheritedWords)

    How the state comes to be: the program does the workload. At the request above, after what it asked of the disk
    so far, the machine ends. What was asked before the last flush is on the disk, and of what came after it this:
      \(finding.state)

    \(Self.traceName) has all that the program asked of the disk, with marks where each request begins and ends, in the form
    of Port/recorder/README.md: python3 trace.py show \(Self.traceName) prints it.
    \(blockWords)
    \(lookWords)
    """
  }

  private var stateWords: String {
    hasState
      ? "\(Self.state) is the image after the crash."
      : "The crash leaves no file of the image's name, so there is none here."
  }

  /// What an ended writer left that is not durable.
  private var inheritedWords: String {
    guard case .image(let start) = plan.start, start.inherited != nil else { return "" }
    return """


      The writer before was ended, and the machine went on: \(Self.start) is what a program reads then, and
      \(Self.durable) is what is on the disk until somebody flushes the file (Specs/Rulings.md, R-28). Blocks that
      \(Self.durable) uses are not free before that.
      """
  }

  private var blockWords: String {
    guard hasState else { return nameWords }
    guard let block = finding.block else {
      return "vci check \(Self.state) says what is wrong with the image; byte 16 is the flag.\n"
    }
    let served =
      block.served == nil
      ? "It is missing." : "\(KitRecorder.wrongName) has the bytes that it has in \(Self.state)."
    let right = block.versions.map { name(of: $0) }.joined(separator: ", ")
    return "It is about block \(block.number) of the disk. \(served)"
      + (right.isEmpty ? "\n" : " It may have those of: \(right).\n")
  }

  /// What is wrong with a name, and where it shows.
  private var nameWords: String {
    """
    A flush of a file makes its bytes durable and not its name (fsync(2)): the folder must be flushed too. In the trace
    no record "flush" with the scope "folder" or "all" stands between the one that made the name and the end of
    the request:
      grep -n -e '"created":true' -e '"kind":"flush"' -e '"kind":"rename"' -e '"kind":"link"' -e '"mark"' \(Self.traceName)

    """
  }

  private var lookWords: String {
    guard hasState else {
      return isRead
        ? "./reproduce.sh COMMAND has the program open a file that is not there. COMMAND is the program, as after\n"
          + "--adapter. It ends with 1 if the same comes as in got.txt, and with 0 if not.\n"
        : "./reproduce.sh COMMAND shows that there is no file: it ends with 1.\n"
    }
    return isRead
      ? "./reproduce.sh COMMAND has the program open a copy of \(Self.state) and read from it. COMMAND is the program, as\n"
        + "after --adapter. It ends with 1 if the same comes as in got.txt, and with 0 if not.\n"
      : "./reproduce.sh shows the header of \(Self.state). It ends with 1 if it is that of got.txt.\n"
  }

  /// The requests about the state, with `@IMG@` and `@OUT@` for paths.
  private var requestLines: String {
    let (image, output) = (FilePath("@IMG@"), FilePath("@OUT@"))
    let requests: [PortRequest] = [
      .hello, .open(image: image, handle: "k", .reading),
      .read(handle: "k", block: finding.block?.number ?? 0, count: 1, file: output),
    ]
    return requests.enumerated().map { index, request in
      String(decoding: request.line(id: UInt64(index + 1)), as: UTF8.self)
    }.joined()
  }

  private var script: String {
    """
    #!/bin/sh
    # \(failure.kind.rawValue) in \(failure.area.rawValue), \(failure.requirement)
    # usage: ./reproduce.sh COMMAND
    #   COMMAND  the program, as after --adapter of vci conform
    # Ends with 1 if the same comes as in got.txt, with 0 if not. With KIT_RECORD=1, makes got.txt.
    COMMAND=${1:?the command of the program is missing}
    kit=$(cd "$(dirname "$0")" && pwd) || exit 2
    work=$(mktemp -d) || exit 2
    trap 'rm -rf "$work"' EXIT
    IMG=$work/image OUT=$work/out
    \(hasState ? "cp \"$kit/\(Self.state)\" \"$IMG\" || exit 2" : "# The crash leaves no file.")
    : >"$OUT"
    limit=
    if command -v timeout >/dev/null; then limit='timeout -k 1 30'; fi
    \(isRead ? isSession ? asking : askingSimply : ": >\"$work/answer\"")
    {
    \(hasState ? "echo \"flag: $(od -An -v -tu1 -j 16 -N 1 \"$kit/\(Self.state)\")\"" : "echo 'no file'")
    cat "$work/answer"
    od -An -v -tx1 -N 512 "$OUT"
    } >"$work/now" 2>&1
    if [ "${KIT_RECORD-}" = 1 ]; then cp "$work/now" "$kit/got.txt"; exit 0; fi
    cat "$work/now"
    \(comparison)if cmp -s "$work/now" "$kit/got.txt"; then echo "the failure came again"; exit 1; fi
    echo "the failure did not come again"

    """
  }

  private var asking: String {
    """
    sed "s|@IMG@|$IMG|g; s|@OUT@|$OUT|g" "$kit/\(Self.requests)" >"$work/requests"
    $limit sh -c "exec $COMMAND session" <"$work/requests" >"$work/answers" 2>"$work/stderr"
    # The answers to open and read, without their free text.
    tail -n +2 "$work/answers" | head -n 2 |
      sed 's/"message": *"\\([^"\\\\]\\|\\\\.\\)*"/"message": ""/g' | head -c 10000 >"$work/answer"
    """
  }

  /// The commands that open and read in the simple form: exit codes, what is printed, and the first
  /// word on standard error, which is the reason of a refusal.
  private var askingSimply: String {
    """
    ask() {
      $limit sh -c "exec $COMMAND \\"\\$@\\"" sh "$@" >"$work/stdout" 2>"$work/stderr"
      code=$?
      case $code in 4 | 10) code="$code $(head -n 1 "$work/stderr" | LC_ALL=C sed 's/[ :].*//')" ;; esac
      { printf 'exit %s\\n' "$code"; head -n 100 "$work/stdout"; } >>"$work/answer"
    }
    ask open-ro "$IMG"
    ask read "$IMG" \(finding.block?.number ?? 0) 1 "$OUT"
    """
  }

  /// The commands that say which of the allowed writes a block has.
  private var comparison: String {
    guard isRead, let block = finding.block, !block.versions.isEmpty else { return "" }
    let names = block.versions.map { name(of: $0) }.joined(separator: " ")
    return """
      word='no bytes'
      if [ -s "$OUT" ]; then word='other bytes'; fi
      for right in \(names); do if cmp -s "$OUT" "$kit/$right"; then word="the bytes of $right"; fi; done
      echo "block \(block.number): $word"

      """
  }

  /// Runs the script twice. Returns whether it shows the same both times.
  func comesAgain(_ command: String) -> Bool {
    run(command, recording: true) == 0 && run(command, recording: false) == 1
  }

  private func run(_ command: String, recording: Bool) -> Int32? {
    let script = FileName(folder.appending(Kit.script)).shellWord
    var limits = AdapterLimits()
    limits.milliseconds = 60_000
    guard
      let process = try? AdapterProcess(
        "env KIT_RECORD=\(recording ? 1 : 0) \(script)", [command], limits)
    else { return nil }
    defer { process.end() }
    guard let ended = try? process.finish(Deadline(milliseconds: limits.milliseconds)),
      case .exit(let code) = ended.1
    else { return nil }
    return code
  }
}
