internal import Glibc
internal import SystemPackage
internal import VCICorpus
internal import VCIFormat
internal import VCIGenerators

/// A folder that shows a difference without this suite: the image, the valid one that is nearest,
/// the request, the answers, and a script that asks both sides.
struct DifferenceKit {
  private let found: FoundDifference
  private let set: ProgramSet
  private let image: KitImage

  init(_ found: FoundDifference, _ set: ProgramSet, _ image: KitImage) {
    self.found = found
    self.set = set
    self.image = image
  }

  /// The name of the script.
  static let script = "ask.sh"

  /// Writes the folder below `kits`. Returns its path there.
  ///
  /// - Throws: `CorpusError`.
  func write(in kits: FilePath, number: Int) throws(CorpusError) -> String {
    let place = kits.appending("differences")
    let folder = ConformanceRun.free(
      place, "\(number)-\(found.key.kind.rawValue)-\(found.key.cause.rawValue)")
    try StoredFile.makeFolder(folder)
    try StoredFile.create(SparseImage(image.image), at: folder.appending("image.vci"))
    if let valid = image.valid {
      try StoredFile.create(SparseImage(valid), at: folder.appending("valid.vci"))
    }
    if let recipe = image.recipe {
      try StoredFile.write(Array(recipe.utf8), to: folder.appending("image.vcir"))
    }
    try StoredFile.write(Array(readme.utf8), to: folder.appending("README.txt"))
    let script = folder.appending(Self.script)
    try StoredFile.write(Array(self.text.utf8), to: script)
    _ = unsafe script.withPlatformString { unsafe chmod($0, 0o755) }
    return "differences/\(folder.lastComponent?.string ?? "")"
  }

  private var readme: String {
    let cause =
      switch found.key.cause {
      case .rule: "one side breaks \(found.key.rule ?? "")"
      case .choice: "both sides are right: \(found.key.rule ?? "") leaves the choice"
      case .hole: "no rule decides: the specification has a hole"
      }
    let answers = found.answers.map { answer in
      let programs = answer.implementations.map {
        PrintableText(set.programs[$0].capabilities.name).description
      }
      return "  \(answer.isAllowed ? "allowed" : "WRONG")  \(answer.answer)  "
        + "(\(programs.joined(separator: ", ")))\n"
    }
    return """
      \(found.key.kind.rawValue): \(cause)
      \(found.key.about)

      request:  \(found.request)
      answers:
      \(answers.joined())
      image.vci is the image (test \(found.test)), valid.vci the nearest valid one, if there is one.
      ./\(Self.script) asks a program of each side, and prints both answers.

      """
  }

  /// A script that asks a program of each side.
  private var text: String {
    """
    #!/bin/sh
    # Asks a program of each side about image.vci, and prints their answers. An absolute path to a program that is
    # not here any more can be changed below.
    kit=$(cd "$(dirname "$0")" && pwd) || exit 2
    work=$(mktemp -d) || exit 2
    trap 'rm -rf "$work"' EXIT
    cp --sparse=always "$kit/image.vci" "$work/image" || exit 2
    : >"$work/out"

    """ + found.sides.map(asking).joined()
  }

  /// The commands that ask a program.
  private func asking(_ index: Int) -> String {
    let program = set.programs[index]
    let title = PrintableText("\(program.capabilities.name) \(program.capabilities.version)")
    let head = "echo \(FileName(bytes: Array("== \(title)".utf8)).shellWord)\n"
    guard program.isSession else {
      let words = found.request.split(separator: " ").map { word in
        word == "IMG" ? "\"$work/image\"" : word == "OUT" ? "\"$work/out\"" : String(word)
      }
      return head + "\(program.command.text) \(words.joined(separator: " "))\n"
        + "echo \"exit code $?\"\n" + output
    }
    let lines = requests.map { "'\(String(decoding: $0.dropLast(), as: UTF8.self))'" }
    return head + "printf '%s\\n' \\\n"
      + lines.map { "  \($0) \\\n" }.joined()
      + "  | sed \"s|@WORK@|$work|g\" | \(program.command.text) session\n"
      + output
  }

  /// The commands that print what a read wrote: a checksum of all of it, and where it begins.
  private var output: String {
    guard found.request.hasPrefix("read") else { return "" }
    return "cksum <\"$work/out\"\nod -An -v -tx1 -N 64 \"$work/out\"\n: >\"$work/out\"\n"
  }

  /// The lines of a session that make the request.
  private var requests: [[UInt8]] {
    let words = found.request.split(separator: " ").map(String.init)
    let (image, out): (FilePath, FilePath) = ("@WORK@/image", "@WORK@/out")
    let open = PortRequest.open(image: image, handle: "h", .reading)
    var requests: [PortRequest] = [.hello]
    switch words.first {
    case "probe": requests.append(.probe(image: image))
    case "open-ro": requests += [open, .close(handle: "h")]
    case "open-rw":
      requests += [.open(image: image, handle: "h", .writing), .close(handle: "h")]
    case "info": requests += [open, .info(handle: "h"), .close(handle: "h")]
    case "read" where words.count > 3:
      requests += [
        open,
        .read(
          handle: "h", block: UInt64(words[2]) ?? 0, count: UInt64(words[3]) ?? 1, file: out),
        .close(handle: "h"),
      ]
    case "extents": requests.append(.extents(image: image, file: out))
    default: requests.append(.check(image: image))
    }
    requests.append(.bye)
    return requests.enumerated().map { $1.line(id: UInt64($0 + 1)) }
  }
}
