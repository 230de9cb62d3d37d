package import SystemPackage
internal import VCICorpus
internal import VCIFormat

/// Records the requests of a test in the folder of a kit: the image as it was before them, the data
/// of writes, and the requests up to the first failure.
package final class KitRecorder {
  /// A request, and the name of the file in the kit that has its data.
  struct Step {
    let request: PortRequest
    let input: String?
  }

  /// What a kit begins with.
  enum Extent {
    /// The last open before the failure: what came before has made the image that the kit has.
    case lastOpen
    /// The first request about the same file, so that the program does all itself.
    case wholeFile
  }

  /// What the script of a kit looks at if a closed image is wrong.
  enum Look {
    /// All that tells: of a cached block, what the program reads, wherever it has put it; of an
    /// image that the checker rejects, all of its bytes.
    case whole
    /// The place of the file where the block, or what the checker found, was.
    case place
  }

  /// The folder of the kit.
  package let folder: FilePath
  private let wanted: TestFailure
  private let extent: Extent
  private let look: Look
  /// The file that the requests so far are about.
  private var file: FilePath?
  private(set) var steps: [Step] = []
  /// The failure that the kit is about, and what shows it.
  private(set) var failure: TestFailure?
  private(set) var evidence: KitEvidence?
  /// The bytes of the evidence, as they were after the failure.
  private(set) var evidenceBytes: [UInt8] = []
  /// The block that was wrong in the closed image; `nil` if the failure is another.
  private(set) var wrongBlock: CachedBlock?
  /// Whether the failure is one whose kit may look at the place alone.
  private(set) var hasPlace = false
  /// The answer to the last request; `nil` if there was none.
  private(set) var answer: PortAnswer?
  /// The most bytes that a file of the program may have; `nil` without a limit.
  private(set) var fileBytes: UInt64?
  /// What stands at the path of the image before the first request.
  private(set) var place = KitPlace.nothing
  /// The names of the files with data of writes.
  private var inputs: [String] = []
  /// The reason why there is no kit; `nil` if there is one.
  private(set) var flaw: String?

  static let imageName = "image.vci"
  /// The names of the files that have the bytes of a wrong block, and the right ones.
  static let (wrongName, rightName) = ("wrong.bin", "right.bin")
  /// The name of the file that has the image that the checker rejects.
  static let rejectedName = "rejected.vci"

  /// Makes a recorder in a new folder, for the first failure that is like `wanted`.
  ///
  /// - Throws: `CorpusError` if the folder cannot be made.
  init(
    in folder: FilePath, of wanted: TestFailure, from extent: Extent, _ look: Look
  ) throws(CorpusError) {
    self.folder = folder
    self.wanted = wanted
    self.extent = extent
    self.look = look
    try StoredFile.makeFolder(folder)
  }

  /// Whether there is a write before the last request. How much of it a program took says which
  /// blocks must have its bytes.
  var hasEarlierWrite: Bool { steps.dropLast().contains { $0.request.op == "write" } }

  /// Notes a request, before it is made.
  func note(_ request: PortRequest) {
    guard failure == nil, flaw == nil else { return }
    answer = nil
    do throws(WorkError) {
      switch request {
      case .open(let image, _, _, _), .probe(let image), .extents(let image, _),
        .check(let image):
        if extent == .lastOpen || image != file { try begin(with: image) }
        add(request)
      case .create(let image, _, _, _):
        try begin(with: image)
        add(request)
      case .write(_, _, _, let file):
        let name = "in-\(inputs.count).bin"
        inputs.append(name)
        try WorkFile.copy(file, to: folder.appending(name))
        steps.append(Step(request: request, input: name))
      default: add(request)
      }
    } catch {
      flaw = error.description
    }
  }

  /// Notes that from now on files may have no more bytes.
  func note(fileBytes: UInt64) { self.fileBytes = fileBytes }

  private func add(_ request: PortRequest) { steps.append(Step(request: request, input: nil)) }

  /// Lets the kit begin with the next request, and with what stands at `image` now.
  private func begin(with image: FilePath) throws(WorkError) {
    steps = []
    file = image
    StoredFile.remove(folder.appending(Self.imageName))
    for name in inputs { StoredFile.remove(folder.appending(name)) }
    inputs = []
    place = KitPlace(at: image)
    if place.hasImage { try WorkFile.copy(image, to: folder.appending(Self.imageName)) }
  }

  /// Notes the answer to the last request.
  func note(_ answer: PortAnswer) {
    if failure == nil { self.answer = answer }
  }

  /// Notes a failure of the test: its request was the last one.
  func note(_ failure: TestFailure, _ evidence: KitEvidence?) {
    guard self.failure == nil, failure.isLike(wanted) else { return }
    self.failure = failure
    self.evidence = evidence
    switch evidence {
    case .output(let block):
      guard case .read(_, _, _, let output)? = steps.last?.request else { return }
      evidenceBytes = Self.bytes(of: output, block * Format.blockSize, Format.blockSize)
    case .image(let offset, let length): note(offset, length)
    case .change where !isLarge: self.evidence = .change(at: nil)
    case .rejected(let offset, let length): noteRejected(offset, length)
    case .cached(let block): note(block)
    case .list, .change, .leftBehind, .target, .smaller, .allocated, nil: break
    }
  }

  /// Notes that bytes of the image show the failure.
  private func note(_ offset: UInt64, _ length: UInt64) {
    evidence = .image(offset: offset, length: length)
    if let file { evidenceBytes = Self.bytes(of: file, offset, length) }
  }

  /// Whether it would take a script long to compare the image: it reads what is a hole, too.
  private var isLarge: Bool {
    guard let file, let work = try? WorkFile(reading: file) else { return false }
    defer { work.close() }
    return work.size > KitEvidence.mostCompared
  }

  /// Notes that the checker rejects the closed image for what these bytes of it say. In the image
  /// of another program they may be the same, and right.
  private func noteRejected(_ offset: UInt64, _ length: UInt64) {
    guard let file else { return }
    hasPlace = true
    guard look == .whole, !isLarge else { return note(offset, length) }
    do throws(WorkError) {
      try WorkFile.copy(file, to: folder.appending(Self.rejectedName))
    } catch {
      flaw = error.description
    }
  }

  /// Notes a wrong block of the closed image, and what shows it.
  private func note(_ block: CachedBlock) {
    guard let file else { return }
    hasPlace = true
    wrongBlock = block
    evidenceBytes = Self.bytes(of: file, block.offset, Format.blockSize)
    do throws(CorpusError) {
      try StoredFile.write(evidenceBytes, to: folder.appending(Self.wrongName))
      if let right = block.right {
        try StoredFile.write(right, to: folder.appending(Self.rightName))
      }
    } catch {
      flaw = error.description
    }
    switch look {
    case .place: evidence = .image(offset: block.offset, length: Format.blockSize)
    case .whole:
      evidence = .output(block: 0)
      add(.open(image: file, handle: "w", .reading))
      add(.read(handle: "w", block: block.block, count: 1, file: file))
      answer = .done(.runs([PortAnswer.Run(isHit: true, block: block.block, count: 1)]))
    }
  }

  private static func bytes(of path: FilePath, _ offset: UInt64, _ count: UInt64) -> [UInt8] {
    guard let file = try? WorkFile(reading: path) else { return [] }
    defer { file.close() }
    return file.bytes(at: offset, count: Int(min(count, KitEvidence.mostBytes)))
  }
}
