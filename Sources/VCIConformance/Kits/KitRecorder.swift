package import SystemPackage
package import VCICorpus
internal import VCIFormat

/// Records the requests of a test in the folder of a kit: the image as it was before them, the data
/// of writes, and the requests up to the first failure.
package final class KitRecorder {
  /// A request, and the name of the file in the kit that has its data.
  struct Step {
    let request: PortRequest
    let input: String?
  }

  /// The folder of the kit.
  package let folder: FilePath
  private(set) var steps: [Step] = []
  /// The failure that the kit is about, and what shows it.
  private(set) var failure: TestFailure?
  private(set) var evidence: KitEvidence?
  /// Whether the kit has an image to begin with.
  private(set) var hasImage = false
  /// The names of the files with data of writes.
  private var inputs: [String] = []
  /// The reason why there is no kit; `nil` if there is one.
  private(set) var flaw: String?

  static let imageName = "image.vci"

  /// Makes a recorder in a new folder.
  ///
  /// - Throws: `CorpusError` if the folder cannot be made.
  package init(in folder: FilePath) throws(CorpusError) {
    self.folder = folder
    try StoredFile.makeFolder(folder)
  }

  /// Notes a request, before it is made.
  func note(_ request: PortRequest) {
    guard failure == nil, flaw == nil else { return }
    do throws(WorkError) {
      switch request {
      case .open(let image, _, _, _):
        steps = []
        try keepImage(image)
        add(request)
      case .probe(let image), .extents(let image, _), .check(let image):
        steps = []
        try keepImage(image)
        add(request)
      case .create:
        steps = []
        removeImage()
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

  private func add(_ request: PortRequest) { steps.append(Step(request: request, input: nil)) }

  private func keepImage(_ image: FilePath) throws(WorkError) {
    removeImage()
    for name in inputs { StoredFile.remove(folder.appending(name)) }
    inputs = []
    guard WorkFile.exists(image) else { return }
    try WorkFile.copy(image, to: folder.appending(Self.imageName))
    hasImage = true
  }

  private func removeImage() {
    StoredFile.remove(folder.appending(Self.imageName))
    hasImage = false
  }

  /// Notes the first failure of the test: its request was the last one.
  func note(_ failure: TestFailure, _ evidence: KitEvidence?) {
    guard self.failure == nil else { return }
    self.failure = failure
    self.evidence = evidence
  }
}

/// What shows a failure, beside the answer.
enum KitEvidence: Hashable {
  /// The bytes of a block of the file that a read delivers, from this block of it on.
  case output(block: UInt64)
  /// Bytes of the image.
  case image(offset: UInt64, length: UInt64)
  /// Whether the image changed.
  case change
}
