internal import FoundationEssentials
internal import Glibc
internal import SystemPackage
internal import VCICorpus
internal import VCIFiles
internal import VCIFormat
internal import VCIGenerators

/// A folder that shows one failure of a program without this suite: an image, requests, what was
/// expected and what came, and a shell script that makes the requests and says whether the same
/// comes again.
struct Kit {
  private let recorder: KitRecorder
  private let failure: TestFailure
  private let test: String
  private let isSession: Bool
  private let image: KitImage?
  /// How the test was made smaller; `nil` if it was not.
  private let shrunk: ShrunkTest?

  /// Makes the kit of the failure that a recorder noted; `nil` if it noted none, or no image of it
  /// could be kept.
  init?(
    _ recorder: KitRecorder, test: String, isSession: Bool, _ image: KitImage?,
    _ shrunk: ShrunkTest?
  ) {
    guard let failure = recorder.failure, recorder.flaw == nil, !recorder.steps.isEmpty else {
      return nil
    }
    self.recorder = recorder
    self.failure = failure
    self.test = test
    self.isSession = isSession
    self.image = image
    self.shrunk = shrunk
  }

  /// The name of the script.
  static let script = "reproduce.sh"

  /// Writes the files of the kit.
  ///
  /// - Throws: `CorpusError`.
  func write() throws(CorpusError) {
    try put(readme, "README.txt")
    if let recipe = image?.recipe { try put(recipe, "image.vcir") }
    if let valid = image?.valid {
      try StoredFile.create(SparseImage(valid), at: recorder.folder.appending("valid.vci"))
    }
    if isSession { try put(requests, "requests.jsonl") }
    try put(isSession ? sessionScript : simpleScript, Self.script)
    _ = unsafe recorder.folder.appending(Self.script).withPlatformString {
      unsafe chmod($0, 0o755)
    }
  }

  private func put(_ text: String, _ name: String) throws(CorpusError) {
    try StoredFile.write(Array(text.utf8), to: recorder.folder.appending(name))
  }

  private var readme: String {
    """
    \(failure.kind.rawValue) in \(failure.area.rawValue), \(failure.requirement); test \(test)

    request:  \(failure.request)
    expected: \(failure.expected)
    got:      \(failure.got)

    \(failure.requirement) is a clause of Specs/VCI.md, "Requirements for readers" or "Requirements for writers".

    ./reproduce.sh COMMAND makes the requests once more. COMMAND is the program, as after --adapter. It ends with 1 if
    the same comes as in got.txt, and with 0 if not.

    \(recorder.place.words)
    The requests, in words:
    \(recorder.steps.map { "  \(words($0))" }.joined(separator: "\n"))

    """ + blockWords + rejectedWords + limitWords + shrunkWords + imageWords
  }

  private var blockWords: String {
    guard let block = recorder.wrongBlock else { return "" }
    let place = "block \(block.block) of the disk stood at byte \(block.offset)"
    let right =
      block.right == nil
      ? "It must not be cached. \(KitRecorder.wrongName) has the bytes that stood there."
      : "\(KitRecorder.rightName) has the 512 bytes that must stand there, \(KitRecorder.wrongName) those that did."
    let look =
      if case .image = recorder.evidence {
        "reproduce.sh looks at this place. Another program may put the block elsewhere."
      } else {
        "The place may be another in another run, so the last two requests read the block."
      }
    return """

      In the closed file \(place). \(right)
      \(look)

      """
  }

  private var rejectedWords: String {
    guard case .rejected = recorder.evidence else { return "" }
    return """

      \(KitRecorder.rejectedName) is the closed image that the checker rejects (vci check says why).
      reproduce.sh compares the image that is made with it. Another program may make another image.

      """
  }

  private var limitWords: String {
    guard let bytes = recorder.fileBytes else { return "" }
    return "\nA file of the program may have no more than \(bytes) bytes (ulimit -f).\n"
  }

  private var shrunkWords: String {
    guard let shrunk else { return "" }
    return "\nThe test was made smaller: from \(shrunk.before) to \(shrunk.after).\n"
  }

  private var imageWords: String {
    guard let image else { return "" }
    let recipe =
      image.recipe == nil
      ? ""
      : "\nimage.vcir is the recipe of image.vci (Specs/Recipes.md): vcifuzz corpus assemble makes it.\n"
    guard let valid = image.valid else { return recipe }
    let lines = ImageDifferences(image.image, from: valid).lines.map { "  \($0)\n" }.joined()
    return recipe + """

      valid.vci is the nearest valid image. image.vci differs from it, as offset: bytes there -> bytes of image.vci:
      \(lines)
      """
  }

  private func words(_ step: KitRecorder.Step) -> String {
    let words = step.request.words
    return step.input.map { words.replacing(" IN", with: " \($0)") } ?? words
  }

  /// The requests as lines of the session form, with `@IMG@`, `@OUT@` and `@KIT@` for paths.
  private var requests: String {
    var lines = [PortRequest.hello.line(id: 1)]
    for (index, step) in recorder.steps.enumerated() {
      let isLast = index == recorder.steps.count - 1
      let request = step.request.inKit(input: step.input, output: isLast ? "@LAST@" : "@OUT@")
      lines.append(request.line(id: UInt64(index + 2)))
    }
    return lines.map { String(decoding: $0, as: UTF8.self) }.joined()
  }

  private static let start = """
    # usage: ./reproduce.sh COMMAND
    #   COMMAND  the program, as after --adapter of vci conform
    # Ends with 1 if the same comes as in got.txt, with 0 if not. With KIT_RECORD=1, makes got.txt.
    COMMAND=${1:?the command of the program is missing}
    kit=$(cd "$(dirname "$0")" && pwd) || exit 2
    work=$(mktemp -d) || exit 2
    trap 'rm -rf "$work"' EXIT
    IMG=$work/image OUT=$work/out LAST=$work/last
    if [ -f "$kit/image.vci" ]; then cp --sparse=always "$kit/image.vci" "$IMG" || exit 2; fi
    : >"$OUT"
    : >"$LAST"
    limit=
    if command -v timeout >/dev/null; then limit='timeout -k 1 30'; fi

    """

  private var end: String {
    let evidence =
      switch recorder.evidence {
      case .output(let block): "od -An -v -tx1 -j \(block * Format.blockSize) -N 512 \"$LAST\"\n"
      case .list: "head -c \(KitEvidence.mostBytes) \"$LAST\"\n"
      case .image(let offset, let length):
        "od -An -v -tx1 -j \(offset) -N \(min(length, KitEvidence.mostBytes)) \"$IMG\"\n"
      case let evidence?:
        evidence.condition.map {
          "if \($0.shell); then echo \($0.holds); else echo \($0.fails); fi\n"
        }
          ?? ""
      case nil: ""
      }
    return """
      {
      cat "$work/answer"
      \(evidence)} >"$work/now" 2>&1
      if [ "${KIT_RECORD-}" = 1 ]; then cp "$work/now" "$kit/got.txt"; exit 0; fi
      cat "$work/now"
      \(comparison)if cmp -s "$work/now" "$kit/got.txt"; then echo "the failure came again"; exit 1; fi
      echo "the failure did not come again"

      """
  }

  /// The commands that say whether a wrong block has its right bytes; none if it must be a miss.
  private var comparison: String {
    guard let block = recorder.wrongBlock, block.right != nil else { return "" }
    let (place, file) =
      if case .image(let offset, _) = recorder.evidence {
        (offset / Format.blockSize, "IMG")
      } else {
        (0, "LAST")
      }
    return """
      dd if="$\(file)" bs=\(Format.blockSize) skip=\(place) count=1 2>/dev/null >"$work/block"
      word=other
      if cmp -s "$work/block" "$kit/\(KitRecorder.rightName)"; then word='the right'; fi
      if [ ! -s "$work/block" ]; then word=no; fi
      echo "block \(block.block): $word bytes"

      """
  }

  /// The commands that limit the size of the program's files, before another; none if there is no
  /// limit.
  private var ofFile: String {
    var limits = AdapterLimits()
    limits.fileBytes = recorder.fileBytes
    return limits.ofFile.map { "\($0); " }.joined()
  }

  private var heading: String {
    "#!/bin/sh\n# \(failure.kind.rawValue) in \(failure.area.rawValue), \(failure.requirement)\n"
  }

  private var simpleScript: String {
    let requests = recorder.steps.enumerated().compactMap { index, step -> String? in
      let isLast = index == recorder.steps.count - 1
      let request = step.request.inKit(input: step.input, output: isLast ? "@LAST@" : "@OUT@")
      let arguments = request.arguments(inKit: "@IMG@").map { words in
        words.map { word in
          switch word {
          case "@IMG@", "@OUT@", "@LAST@": "\"$" + word.replacing("@", with: "") + "\""
          default: word.hasPrefix("@KIT@") ? "\"$kit\"" + word.dropFirst(5) : word
          }
        }.joined(separator: " ")
      }
      return arguments.map { "ask \($0)" }
    }
    return heading + Self.start + recorder.place.commands + """
      ask() {
        $limit sh -c "\(ofFile)exec $COMMAND \\"\\$@\\"" sh "$@" >"$work/stdout" 2>"$work/stderr"
        code=$?
        \(takenInSimpleForm)}
      \(requests.joined(separator: "\n"))
      # The first word on standard error is the reason of a refusal.
      case $code in 4 | 10) code="$code $(head -n 1 "$work/stderr" | LC_ALL=C sed 's/[ :].*//')" ;; esac
      { printf 'exit %s\\n' "$code"
      \(writtenLine)head -n 100 "$work/stdout"; } >"$work/answer"

      """ + end
  }

  /// The command that prints what the writes before the last request took; none if there are none.
  private var writtenLine: String {
    recorder.hasEarlierWrite ? "echo \"written:$taken\"\n" : ""
  }

  /// The commands that note what a write took, before another; none if none is before the last
  /// request.
  private var takenInSimpleForm: String {
    guard recorder.hasEarlierWrite else { return "" }
    return """
      # What a write took: the rest of its request is not written.
        if [ "$1" = write ]; then
          took=$(head -n 1 "$work/stdout" | head -c 100 | LC_ALL=C sed -n 's/^written //p')
          taken="$taken ${took:-all}"
        fi

      """
  }

  private var sessionScript: String {
    let taken = """
      # What each write took: the rest of its request is not written.
      taken=$(plain <"$work/answers" | LC_ALL=C sed -n 's/.*"written" *: *"\\([0-9]*\\)".*/ \\1/p' | tr -d '\\n')

      """
    return heading + Self.start + recorder.place.commands + """
      # Answers without their free text.
      plain() { sed 's/"message": *"\\([^"\\\\]\\|\\\\.\\)*"/"message": ""/g'; }
      sed "s|@IMG@|$IMG|g; s|@OUT@|$OUT|g; s|@LAST@|$LAST|g; s|@KIT@|$kit|g" "$kit/requests.jsonl" >"$work/requests"
      $limit sh -c "\(ofFile)exec $COMMAND session" <"$work/requests" >"$work/answers" 2>"$work/stderr"
      \(recorder.hasEarlierWrite ? taken : "")# The last answer; none if the program ended before.
      { echo "answers: $(wc -l <"$work/answers")"
      \(writtenLine)tail -n +\(recorder.steps.count + 1) "$work/answers" | head -n 1 | plain | head -c 10000; } >"$work/answer"

      """ + end
  }

  /// Runs the script twice. Returns whether it shows the failure as the test did, both times.
  func comesAgain(_ command: String) -> Bool {
    guard run(command, recording: true) == 0,
      let got = try? StoredFile.read(recorder.folder.appending("got.txt"), limit: 1 << 22)
    else { return false }
    return KitOutput(got, isSession: isSession, recorder).showsFailure
      && run(command, recording: false) == 1
  }

  /// Runs the script. Returns its exit code; `nil` if it could not be run.
  private func run(_ command: String, recording: Bool) -> Int32? {
    let script = FileName(recorder.folder.appending(Self.script)).shellWord
    var limits = AdapterLimits()
    limits.milliseconds = 60_000
    do {
      let process = try AdapterProcess(
        "env KIT_RECORD=\(recording ? 1 : 0) \(script)", [command], limits)
      defer { process.end() }
      let (_, ending) = try process.finish(Deadline(milliseconds: limits.milliseconds))
      if case .exit(let code) = ending { return code }
      return nil
    } catch {
      return nil
    }
  }
}

extension PortRequest {
  /// The request with the paths that a kit has.
  func inKit(input: String?, output: FilePath) -> PortRequest {
    let image = FilePath("@IMG@")
    let data = FilePath("@KIT@/\(input ?? "")")
    return switch self {
    case .hello, .bye, .ping, .info, .discard, .flush, .setModUUID, .close: self
    case .probe: .probe(image: image)
    case .open(_, let handle, let mode, let uuid):
      .open(image: image, handle: handle, mode, modUUID: uuid)
    case .read(let handle, let block, let count, _):
      .read(handle: handle, block: block, count: count, file: output)
    case .extents: .extents(image: image, file: output)
    case .create(_, let blocks, let isFixed, let uuid):
      .create(image: image, blocks: blocks, isFixed: isFixed, uuid)
    case .write(let handle, let block, let count, _):
      .write(handle: handle, block: block, count: count, file: data)
    case .check: .check(image: image)
    }
  }

  /// Returns the arguments of the simple form; all handles are of the image.
  fileprivate func arguments(inKit image: FilePath) -> [String]? {
    arguments(["h": image, "w": image, "c": image, "m": image, "k": image, "f": image])
  }
}
